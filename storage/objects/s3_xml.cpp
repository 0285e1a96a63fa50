#include "storage/objects/s3_xml.hpp"

#include <fmt/format.h>

#include <charconv>
#include <pugixml.hpp>

#include "server/base/bytes.hpp"

namespace storage::s3 {

namespace {
constexpr std::size_t max_message_length = 300;
// Error codes and regions are short words.
constexpr std::size_t max_word_length = 64;
// AWS's tokens and ids have some hundred characters.
constexpr std::size_t max_token_length = 4096;
constexpr std::size_t max_key_length = 1024;

std::unexpected<base::Error> not_understood(std::string_view what) {
  return base::fail(base::Errc::unavailable,
                    fmt::format("The object store's {} is not what S3 answers: is it an S3 store?", what));
}

// pugixml takes no entities but XML's five and characters, and does not recurse while it parses.
base::Result<> load(pugi::xml_document& parsed, std::string_view document, std::string_view what) {
  if (document.size() > max_document_size) return not_understood(what);
  if (!parsed.load_buffer(document.data(), document.size(), pugi::parse_default, pugi::encoding_utf8))
    return not_understood(what);
  return {};
}

std::string word(const pugi::xml_node& parent, const char* name) {
  const std::string_view text = parent.child_value(name);
  return base::printable(base::as_bytes(text), max_word_length);
}

ErrorDocument error_in(const pugi::xml_node& error) {
  return {.code = word(error, "Code"),
          .message = base::printable(base::as_bytes(error.child_value("Message")), max_message_length),
          .region = word(error, "Region")};
}

base::Result<ListedObject> object_in(const pugi::xml_node& contents) {
  ListedObject object{.key = contents.child_value("Key"), .size = 0};
  const std::string_view digits = contents.child_value("Size");
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), object.size);
  const auto modified = base::parse_iso8601(contents.child_value("LastModified"));
  if (!modified) return not_understood("list of objects");
  object.modified = *modified;
  if (object.key.empty() || object.key.size() > max_key_length || error != std::errc{} ||
      end != digits.data() + digits.size())
    return not_understood("list of objects");
  return object;
}
}  // namespace

base::Result<ListPage> parse_list_page(std::string_view document) {
  constexpr std::string_view what = "list of objects";
  pugi::xml_document parsed;
  if (auto loaded = load(parsed, document, what); !loaded) return std::unexpected(loaded.error());
  const pugi::xml_node root = parsed.child("ListBucketResult");
  const std::string_view truncated = root.child_value("IsTruncated");
  if (truncated != "true" && truncated != "false") return not_understood(what);
  ListPage page;
  for (const pugi::xml_node& contents : root.children("Contents")) {
    auto object = object_in(contents);
    if (!object || page.objects.size() == max_page_entries) return not_understood(what);
    page.objects.push_back(std::move(*object));
  }
  if (truncated == "false") return page;
  page.next = root.child_value("NextContinuationToken");
  if (page.next.empty() || page.next.size() > max_token_length) return not_understood(what);
  return page;
}

base::Result<std::vector<UnfinishedUpload>> parse_uploads(std::string_view document) {
  constexpr std::string_view what = "list of unfinished uploads";
  pugi::xml_document parsed;
  if (auto loaded = load(parsed, document, what); !loaded) return std::unexpected(loaded.error());
  const pugi::xml_node root = parsed.child("ListMultipartUploadsResult");
  if (!root) return not_understood(what);
  std::vector<UnfinishedUpload> uploads;
  for (const pugi::xml_node& node : root.children("Upload")) {
    UnfinishedUpload upload{.key = node.child_value("Key"), .id = node.child_value("UploadId")};
    const auto begun = base::parse_iso8601(node.child_value("Initiated"));
    if (!begun || upload.key.empty() || upload.key.size() > max_key_length || upload.id.empty() ||
        upload.id.size() > max_token_length || uploads.size() == max_page_entries)
      return not_understood(what);
    upload.begun = *begun;
    uploads.push_back(std::move(upload));
  }
  return uploads;
}

base::Result<std::string> parse_upload_id(std::string_view document) {
  constexpr std::string_view what = "answer to the begin of an upload";
  pugi::xml_document parsed;
  if (auto loaded = load(parsed, document, what); !loaded) return std::unexpected(loaded.error());
  std::string id = parsed.child("InitiateMultipartUploadResult").child_value("UploadId");
  if (id.empty() || id.size() > max_token_length) return not_understood(what);
  return id;
}

base::Result<std::string> parse_completed(std::string_view document) {
  constexpr std::string_view what = "answer to the end of an upload";
  pugi::xml_document parsed;
  if (auto loaded = load(parsed, document, what); !loaded) return std::unexpected(loaded.error());
  const pugi::xml_node result = parsed.child("CompleteMultipartUploadResult");
  std::string etag = result.child_value("ETag");
  std::erase(etag, '"');
  if (!result || etag.size() > max_token_length) return not_understood(what);
  return etag;
}

ErrorDocument parse_error(std::string_view document) {
  pugi::xml_document parsed;
  if (!load(parsed, document, "error")) return {};
  return error_in(parsed.child("Error"));
}

std::string completion_document(const std::vector<UploadedPart>& parts) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  for (const UploadedPart& part : parts) {
    pugi::xml_node node = root.append_child("Part");
    node.append_child("PartNumber").text().set(part.number);
    node.append_child("ETag").text().set(part.etag.c_str());
  }
  struct Writer final : pugi::xml_writer {
    std::string text;
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
  } writer;
  document.save(writer, "", pugi::format_raw);
  return std::move(writer.text);
}

}  // namespace storage::s3
