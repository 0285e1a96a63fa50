#include "storage/objects/s3_upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "server/base/log.hpp"

namespace storage::s3 {

namespace {
// A few system calls per MiB, and little memory per worker.
constexpr std::size_t read_block_size = 256 * 1024;

std::unexpected<base::Error> ended_early(const File& file, std::uint64_t at) {
  return base::fail(base::Errc::corrupt, fmt::format("'{}' ended after {} bytes while it was stored: it was changed.",
                                                     file.path().string(), at));
}

// A stretch of a file, read by position while it is sent.
class FileBody final : public Body {
 public:
  FileBody(std::shared_ptr<const File> file, std::uint64_t begin, std::uint64_t size)
      : file_(std::move(file)), begin_(begin), size_(size) {}
  std::uint64_t size() const noexcept override { return size_; }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    const auto got = file_->read_at(begin_ + offset, out);
    if (got && *got == 0) return ended_early(*file_, begin_ + offset);
    return got;
  }

 private:
  std::shared_ptr<const File> file_;
  std::uint64_t begin_;
  std::uint64_t size_;
};

template <class Take>
base::Result<> for_each_block(const File& file, std::uint64_t begin, std::uint64_t size, Take&& take) {
  base::Bytes block(std::min<std::uint64_t>(read_block_size, size));
  for (std::uint64_t at = begin; at < begin + size;) {
    const auto wanted = std::span(block).first(std::min<std::uint64_t>(block.size(), begin + size - at));
    const auto got = file.read_at(at, wanted);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return ended_early(file, at);
    take(base::ByteView(block).first(*got));
    at += *got;
  }
  return {};
}

bool is_hex(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_sha256(std::string_view text) noexcept {
  return text.size() == 64 && is_hex(text);
}

std::string unquoted(std::string etag) {
  std::erase(etag, '"');
  return etag;
}

// "0123…" or "0123…-7": the MD5 of the object, or of the MD5s of its 7 parts. Encrypting stores answer other things.
bool is_md5_etag(const Reply& reply, std::string_view etag) {
  const std::string* encryption = reply.header("x-amz-server-side-encryption");
  if (encryption != nullptr && *encryption != "AES256") return false;
  if (reply.header("x-amz-server-side-encryption-customer-algorithm") != nullptr) return false;
  return etag.size() >= 32 && is_hex(etag.substr(0, 32)) && (etag.size() == 32 || etag[32] == '-');
}

std::string header_or_empty(const Reply& reply, std::string_view name) {
  const std::string* value = reply.header(name);
  return value == nullptr ? std::string() : *value;
}
}  // namespace

base::Result<Head> head_object(Client& client, const std::string& key, base::SteadyTime deadline) {
  const std::string action = fmt::format("look up object '{}'", key);
  const Answer answer = client.call({.method = "HEAD", .object = key}, deadline);
  if (answer.ok()) {
    Head head{.etag = header_or_empty(answer.reply, "etag"),
              .sha256 = header_or_empty(answer.reply, "x-amz-meta-sha256")};
    head.modified = parse_http_date(header_or_empty(answer.reply, "last-modified")).value_or(base::UtcTime{});
    head.etag_is_md5 = is_md5_etag(answer.reply, unquoted(head.etag));
    const std::string length = header_or_empty(answer.reply, "content-length");
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), head.size);
    if (error == std::errc{} && end == length.data() + length.size() && !head.etag.empty()) return head;
    return base::fail(base::Errc::unavailable,
                      fmt::format("The object store {} could not {}: its answer has no size or no ETag. Check that the "
                                  "endpoint is an S3 store.",
                                  client.location().describe(), action));
  }
  if (answer.reply.fault != Fault::none || answer.reply.status != 404) return client.failed(action, answer);
  // The answer to HEAD has no body that says what is missing. That all objects are gone is never concluded from a
  // bucket that is.
  const Answer bucket = client.call({.method = "GET", .query = {{"list-type", "2"}, {"max-keys", "1"}}}, deadline);
  if (!bucket.ok() && bucket.error.code != "AccessDenied") return client.failed(action, bucket);
  return client.failed(action, answer);
}

Upload::Upload(Client& client, std::string key, const LocalFile& source, std::atomic<bool>& conditional)
    : client_(client),
      key_(std::move(key)),
      source_(source),
      conditional_(conditional),
      deadline_(client.deadline(client.limits().put, source.size)),
      action_(fmt::format("store object '{}'", key_)),
      sha256_(source.sha256) {}

base::Result<> Upload::run() {
  if (auto opened = open_source(); !opened) return opened;
  if (source_.size > client_.limits().multipart_threshold) return put_parts();
  return put_whole(conditional_);
}

base::Result<> Upload::open_source() {
  auto file = posix_file_system().open(source_.path, OpenMode::read);
  if (!file) return std::unexpected(file.error());
  const auto status = file->status();
  if (!status) return std::unexpected(status.error());
  if (status->size != source_.size)
    return base::fail(base::Errc::invalid, fmt::format("'{}' has {} bytes, but {} were to be stored as object '{}'.",
                                                       source_.path.string(), status->size, source_.size, key_));
  file_ = std::make_shared<File>(std::move(*file));
  if (is_sha256(sha256_)) return {};
  DigestStream<Sha256> hash;
  if (auto read = for_each_block(*file_, 0, source_.size, [&](base::ByteView block) { hash.feed(block); }); !read)
    return read;
  sha256_ = base::to_hex(hash.finish());
  return {};
}

// Behind a digest that the store did not find: is it our file that is another one now?
base::Result<> Upload::check_source_again() {
  DigestStream<Sha256> hash;
  if (auto read = for_each_block(*file_, 0, source_.size, [&](base::ByteView block) { hash.feed(block); }); !read)
    return read;
  if (base::to_hex(hash.finish()) == sha256_) return {};
  return source_changed();
}

std::unexpected<base::Error> Upload::source_changed() const {
  return base::fail(base::Errc::corrupt,
                    fmt::format("'{}' is not the file any more that was to be stored as object '{}': its SHA-256 is "
                                "another one. Nothing was stored.",
                                source_.path.string(), key_));
}

std::unexpected<base::Error> Upload::failed(const Answer& answer) {
  auto failure = client_.failed(action_, answer);
  if (failure.error().code != base::Errc::corrupt || answer.reply.fault != Fault::none) return failure;
  if (auto same = check_source_again(); !same) return std::unexpected(same.error());
  failure.error().code = base::Errc::unavailable;  // it was damaged on its way
  return failure;
}

Headers Upload::object_headers() const {
  return {{"content-type", source_.content_type.empty() ? "application/octet-stream" : source_.content_type},
          {"x-amz-meta-sha256", sha256_}};
}

base::Result<> Upload::settle_existing(const Head& there) const {
  if (there.size != source_.size)
    return base::fail(base::Errc::conflict, fmt::format("Object '{}' exists with {} bytes, not with the {} of the new "
                                                        "one; it was left as it is.",
                                                        key_, there.size, source_.size));
  if (there.sha256 != sha256_)
    return base::fail(base::Errc::conflict, fmt::format("Object '{}' exists with other bytes than the new one; it was "
                                                        "left as it is.",
                                                        key_));
  return {};
}

base::Result<> Upload::settle_existing() {
  const auto there = head_object(client_, key_, deadline_);
  if (there) return settle_existing(*there);
  if (there.error().code != base::Errc::not_found) return std::unexpected(there.error());
  return base::fail(base::Errc::unavailable,
                    fmt::format("Object '{}' was removed while it was being stored: try again.", key_));
}

base::Result<bool> Upload::exists_already() {
  const auto there = head_object(client_, key_, deadline_);
  if (!there && there.error().code == base::Errc::not_found) return false;
  if (!there) return std::unexpected(there.error());
  if (auto same = settle_existing(*there); !same) return std::unexpected(same.error());
  return true;
}

base::Result<> Upload::put_whole(bool conditional) {
  if (!conditional) {
    const auto there = exists_already();
    if (!there) return std::unexpected(there.error());
    if (*there) return {};
  }
  DigestStream<Md5> hash;
  if (auto read = for_each_block(*file_, 0, source_.size, [&](base::ByteView block) { hash.feed(block); }); !read)
    return read;
  const Md5 digest = hash.finish();
  Call put{.method = "PUT", .object = key_, .headers = object_headers(), .payload = sha256_};
  put.headers.emplace_back("content-md5", to_base64(digest));
  if (conditional) put.headers.emplace_back("if-none-match", "*");
  put.body = std::make_shared<FileBody>(file_, 0, source_.size);
  const Answer answer = client_.call(put, deadline_);
  if (answer.reply.fault == Fault::none && answer.reply.status == 412) return settle_existing();
  if (conditional && (answer.reply.status == 501 || answer.error.code == "NotImplemented")) {
    if (conditional_.exchange(false))
      base::log::warning("the object store knows no conditional PUT; objects are looked up before they are stored",
                         {{"store", client_.location().describe()}});
    return put_whole(false);
  }
  if (!answer.ok()) return failed(answer);
  const std::string etag = unquoted(header_or_empty(answer.reply, "etag"));
  return verify(is_md5_etag(answer.reply, etag) ? etag : "", base::to_hex(digest));
}

// `etag` is empty where it says nothing about the bytes.
base::Result<> Upload::verify(const std::string& etag, const std::string& expected) {
  if (!etag.empty() && etag != expected) return discard_damaged(etag);
  if (!etag.empty()) return {};
  const auto stored = head_object(client_, key_, deadline_);
  if (!stored) return std::unexpected(stored.error());
  if (stored->etag_is_md5 && unquoted(stored->etag) != expected) return discard_damaged(unquoted(stored->etag));
  return settle_existing(*stored);
}

// What is stored is not what we sent, so it must not stand there for the next put to find.
base::Result<> Upload::discard_damaged(const std::string& etag) {
  const Answer removed = client_.call({.method = "DELETE", .object = key_}, deadline_);
  return base::fail(base::Errc::unavailable,
                    fmt::format("The object store {} stored other bytes as object '{}' than were sent (its ETag is "
                                "{}); they were {}. Check the store and what is between.",
                                client_.location().describe(), key_, base::printable(base::as_bytes(etag)),
                                removed.ok() ? "removed" : "not even removed"));
}

// ---- In parts.

// Several parts need a request of their own that begins, and one that ends. Only the newest stores take If-None-Match
// at the end, so what is there is looked for first; two who store the same key at once store the same file.
base::Result<> Upload::put_parts() {
  const auto there = exists_already();
  if (!there) return std::unexpected(there.error());
  if (*there) return {};
  const auto upload_id = begin_parts();
  if (!upload_id) return std::unexpected(upload_id.error());
  const auto expected = send_parts(*upload_id);
  auto done = expected ? complete_parts(*upload_id, *expected) : base::Result<>(std::unexpected(expected.error()));
  if (!done) abort_parts(*upload_id);
  return done;
}

base::Result<std::string> Upload::begin_parts() {
  const Answer answer = client_.call({.method = "POST",
                                      .object = key_,
                                      .query = {{"uploads", ""}},
                                      .headers = object_headers(),
                                      .body = memory_body("")},
                                     deadline_);
  if (!answer.ok()) return failed(answer);
  return parse_upload_id(answer.reply.body);
}

base::Result<std::string> Upload::send_parts(const std::string& upload_id) {
  constexpr std::uint64_t max_parts = 10'000;  // S3's
  const std::uint64_t part_size = std::max(client_.limits().part_size, (source_.size + max_parts - 1) / max_parts);
  DigestStream<Sha256> whole;
  DigestStream<Md5> digests;
  for (std::uint64_t begin = 0; begin < source_.size; begin += part_size) {
    const std::uint64_t size = std::min(part_size, source_.size - begin);
    DigestStream<Sha256> sha;
    DigestStream<Md5> md;
    const auto read = for_each_block(*file_, begin, size, [&](base::ByteView block) {
      whole.feed(block);
      sha.feed(block);
      md.feed(block);
    });
    if (!read) return std::unexpected(read.error());
    const Md5 digest = md.finish();
    digests.feed(digest);
    const auto number = static_cast<unsigned>(parts_.size() + 1);
    const Answer answer = client_.call({.method = "PUT",
                                        .object = key_,
                                        .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}},
                                        .headers = {{"content-md5", to_base64(digest)}},
                                        .payload = base::to_hex(sha.finish()),
                                        .body = std::make_shared<FileBody>(file_, begin, size)},
                                       deadline_);
    if (!answer.ok()) return failed(answer);
    const std::string etag = header_or_empty(answer.reply, "etag");
    if (is_md5_etag(answer.reply, unquoted(etag)) && unquoted(etag) != base::to_hex(digest))
      return base::fail(base::Errc::unavailable,
                        fmt::format("The object store {} kept other bytes for part {} of object '{}' than were sent. "
                                    "Check the store and what is between.",
                                    client_.location().describe(), number, key_));
    parts_.push_back({number, etag});
  }
  if (base::to_hex(whole.finish()) != sha256_) return source_changed();
  return fmt::format("{}-{}", base::to_hex(digests.finish()), parts_.size());
}

base::Result<> Upload::complete_parts(const std::string& upload_id, const std::string& expected) {
  std::string document = completion_document(parts_);
  Call call{.method = "POST",
            .object = key_,
            .query = {{"uploadId", upload_id}},
            .headers = {{"content-type", "application/xml"}},
            .payload = base::to_hex(sha256(base::as_bytes(document)))};
  if (conditional_) call.headers.emplace_back("if-none-match", "*");
  call.body = memory_body(std::move(document));
  const Answer answer = client_.call(call, deadline_);
  // Its first answer may have been lost, and then there is no such upload any more: what counts is what is there.
  if (answer.reply.status == 412 || answer.error.code == "NoSuchUpload") return settle_existing();
  if (!answer.ok()) return failed(answer);
  const auto completed = parse_completed(answer.reply.body);
  if (!completed) return std::unexpected(completed.error());
  return verify(is_md5_etag(answer.reply, *completed) ? *completed : "", expected);
}

// Best effort: what stays costs space in the store until its unfinished uploads are cleaned up.
void Upload::abort_parts(const std::string& upload_id) {
  const Answer answer = client_.call({.method = "DELETE", .object = key_, .query = {{"uploadId", upload_id}}},
                                     client_.deadline(client_.limits().attempt));
  if (!answer.ok() && answer.error.code != "NoSuchUpload")
    base::log::warning(
        "an unfinished upload stays in the object store",
        {{"object", key_}, {"upload", upload_id}, {"reason", client_.failed("abort it", answer).error().message}});
}

}  // namespace storage::s3
