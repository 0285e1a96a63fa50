#include "storage/objects/s3_object_store.hpp"

#include <fmt/format.h>

#include "server/base/ids.hpp"
#include "storage/objects/s3_leftovers.hpp"
#include "storage/objects/s3_reader.hpp"
#include "storage/objects/s3_upload.hpp"

namespace storage {

namespace {
base::Result<> check_key(std::string_view key) {
  if (is_valid_object_key(key)) return {};
  return base::fail(base::Errc::invalid, fmt::format("'{}' is not a valid object key: use '/'-separated names of "
                                                     "letters, digits, '.', '_' and '-'.",
                                                     base::printable(base::as_bytes(key))));
}

constexpr auto removed_or_absent = [](const s3::Answer& answer) {
  return answer.ok() ||
         (answer.reply.fault == s3::Fault::none && answer.reply.status == 404 && answer.error.code != "NoSuchBucket");
};
}  // namespace

base::Result<std::unique_ptr<S3ObjectStore>> S3ObjectStore::open_at(s3::Location location, s3::Credentials credentials,
                                                                    s3::Options options) {
  auto client = s3::Client::create(std::move(location), std::move(credentials), std::move(options));
  if (!client) return std::unexpected(client.error());
  return std::unique_ptr<S3ObjectStore>(new S3ObjectStore(std::move(*client)));
}

base::Result<> S3ObjectStore::put(std::string_view key, const LocalFile& source) {
  if (auto valid = check_key(key); !valid) return valid;
  return s3::Upload(*client_, std::string(key), source, conditional_put_).run();
}

base::Result<std::unique_ptr<ObjectReader>> S3ObjectStore::open(std::string_view key) {
  if (auto valid = check_key(key); !valid) return std::unexpected(valid.error());
  auto head = s3::head_object(*client_, std::string(key), client_->deadline(client_->limits().short_operation));
  if (!head) return std::unexpected(head.error());
  return std::make_unique<s3::Reader>(client_, std::string(key), std::move(*head));
}

base::Result<ObjectInfo> S3ObjectStore::stat(std::string_view key) {
  if (auto valid = check_key(key); !valid) return std::unexpected(valid.error());
  const auto head = s3::head_object(*client_, std::string(key), client_->deadline(client_->limits().short_operation));
  if (!head) return std::unexpected(head.error());
  return ObjectInfo{std::string(key), head->size, head->modified};
}

base::Result<> S3ObjectStore::remove(std::string_view key) {
  if (auto valid = check_key(key); !valid) return valid;
  const s3::Answer answer = client_->call({.method = "DELETE", .object = std::string(key)},
                                          client_->deadline(client_->limits().short_operation));
  if (removed_or_absent(answer)) return {};
  return client_->failed(fmt::format("remove object '{}'", key), answer);
}

base::Result<> S3ObjectStore::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  std::string token;
  std::string last;
  for (;;) {
    s3::Headers query{{"list-type", "2"},
                      {"max-keys", std::to_string(s3::max_page_entries)},
                      {"prefix", fmt::format("{}{}", client_->location().prefix, prefix)}};
    if (!token.empty()) query.emplace_back("continuation-token", token);
    const s3::Answer answer = client_->call({.method = "GET", .query = std::move(query)},
                                            client_->deadline(client_->limits().short_operation));
    if (!answer.ok()) return client_->failed("list objects", answer);
    auto page = s3::parse_list_page(answer.reply.body);
    if (!page) return std::unexpected(page.error());
    const auto more = visit_page(*page, last, visit);
    if (!more) return std::unexpected(more.error());
    if (!*more || page->next.empty()) return {};
    if (page->next == token || page->objects.empty())
      return base::fail(base::Errc::unavailable, fmt::format("The object store {} does not come to an end of its list "
                                                             "of objects. Check that the endpoint is an S3 store.",
                                                             describe()));
    token = std::move(page->next);
  }
}

base::Result<bool> S3ObjectStore::visit_page(const s3::ListPage& page, std::string& last,
                                             const std::function<bool(const ObjectInfo&)>& visit) const {
  for (const s3::ListedObject& object : page.objects) {
    if (object.key <= last)  // also what keeps a list from going round in circles
      return base::fail(base::Errc::unavailable, fmt::format("The object store {} lists its objects out of order. "
                                                             "Check that the endpoint is an S3 store.",
                                                             describe()));
    last = object.key;
    std::string_view key = object.key;
    if (!key.starts_with(client_->location().prefix)) continue;
    key.remove_prefix(client_->location().prefix.size());
    if (!is_valid_object_key(key)) continue;  // somebody else's
    if (!visit({std::string(key), object.size, object.modified})) return false;
  }
  return true;
}

std::optional<std::filesystem::path> S3ObjectStore::local_path(std::string_view) const {
  return std::nullopt;
}

std::optional<std::string> S3ObjectStore::presigned_url(std::string_view key, std::chrono::seconds valid_for) const {
  if (!is_valid_object_key(key)) return std::nullopt;
  return client_->presigned_url(std::string(key), valid_for);
}

base::Result<> S3ObjectStore::probe() {
  const auto deadline = client_->deadline(client_->limits().probe);
  const std::string text = base::Uuid::v7(base::utc_now()).str();
  const std::string key = std::string(s3::probe_prefix) + text;
  const std::string digest = base::to_hex(s3::sha256(base::as_bytes(text)));
  const s3::Answer put =
      client_->call({.method = "PUT", .object = key, .payload = digest, .body = s3::memory_body(text)}, deadline);
  if (!put.ok()) return client_->failed("store an object as a trial", put);
  const s3::Answer get = client_->call({.method = "GET", .object = key}, deadline);
  const s3::Answer removed = client_->call({.method = "DELETE", .object = key}, deadline);
  if (!get.ok()) return client_->failed("read back an object stored as a trial", get);
  if (get.reply.body != text)
    return base::fail(base::Errc::corrupt, fmt::format("The object store {} reads back other bytes than were stored. "
                                                       "Check the store and what is between.",
                                                       describe()));
  if (!removed_or_absent(removed)) return client_->failed("remove an object stored as a trial", removed);
  return {};
}

base::Result<std::uint64_t> S3ObjectStore::remove_leftovers(base::UtcTime before) {
  const auto probes = s3::remove_probes(*client_, before);
  if (!probes) return probes;
  const auto uploads = s3::abort_uploads(*client_, before);
  if (!uploads) return uploads;
  return *probes + *uploads;
}

std::string S3ObjectStore::describe() const {
  return client_->location().describe();
}

}  // namespace storage
