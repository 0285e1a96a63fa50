#include "storage/objects/s3_leftovers.hpp"

#include <fmt/format.h>

#include "storage/objects/s3_xml.hpp"

namespace storage::s3 {

namespace {
// Gone already is as good as removed.
bool is_gone(const Answer& answer) noexcept {
  return answer.ok() || (answer.reply.fault == Fault::none && answer.reply.status == 404);
}

// The key of a Call, which has the location's prefix put in front of it.
std::string without_prefix(const Client& client, const std::string& key) {
  return key.substr(client.location().prefix.size());
}
}  // namespace

base::Result<std::uint64_t> remove_probes(Client& client, base::UtcTime before) {
  const auto deadline = [&] { return client.deadline(client.limits().short_operation); };
  const Answer listed =
      client.call({.method = "GET",
                   .query = {{"list-type", "2"},
                             {"max-keys", std::to_string(max_page_entries)},
                             {"prefix", fmt::format("{}{}", client.location().prefix, probe_prefix)}}},
                  deadline());
  if (!listed.ok()) return client.failed("list what trials have left", listed);
  const auto page = parse_list_page(listed.reply.body);
  if (!page) return std::unexpected(page.error());
  std::uint64_t removed = 0;
  for (const ListedObject& object : page->objects) {
    if (object.modified >= before || !object.key.starts_with(client.location().prefix)) continue;
    const Answer answer = client.call({.method = "DELETE", .object = without_prefix(client, object.key)}, deadline());
    if (!is_gone(answer)) return client.failed("remove what a trial has left", answer);
    ++removed;
  }
  return removed;
}

base::Result<std::uint64_t> abort_uploads(Client& client, base::UtcTime before) {
  const auto deadline = [&] { return client.deadline(client.limits().short_operation); };
  const Answer listed = client.call({.method = "GET",
                                     .query = {{"max-uploads", std::to_string(max_page_entries)},
                                               {"prefix", client.location().prefix},
                                               {"uploads", ""}}},
                                    deadline());
  const bool has_no_such_list = listed.error.code == "AccessDenied" || listed.error.code == "NotImplemented";
  if (has_no_such_list) return 0;
  if (!listed.ok()) return client.failed("list unfinished uploads", listed);
  const auto uploads = parse_uploads(listed.reply.body);
  if (!uploads) return std::unexpected(uploads.error());
  std::uint64_t removed = 0;
  for (const UnfinishedUpload& upload : *uploads) {
    if (upload.begun >= before || !upload.key.starts_with(client.location().prefix)) continue;
    const Answer answer = client.call(
        {.method = "DELETE", .object = without_prefix(client, upload.key), .query = {{"uploadId", upload.id}}},
        deadline());
    if (!is_gone(answer)) return client.failed("abort an unfinished upload", answer);
    ++removed;
  }
  return removed;
}

}  // namespace storage::s3
