#include "tests/unit/storage/intake_fakes.hpp"

#include <algorithm>
#include <utility>

using storage::ObjectInfo;
using storage::OpenMode;

namespace {

base::Result<> take(std::map<std::string, base::Errc>& failures, const std::string& call) {
  const auto found = failures.find(call);
  if (found == failures.end()) return {};
  const auto code = found->second;
  failures.erase(found);
  return base::fail(code, "The test lets '" + call + "' fail.");
}

class Reader final : public storage::ObjectReader {
 public:
  Reader(storage::File file, std::uint64_t size, base::Result<> trouble)
      : file_(std::move(file)), size_(size), trouble_(std::move(trouble)) {}
  std::uint64_t size() const noexcept override { return size_; }
  // In small pieces, as a reader may.
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (!trouble_ && trouble_.error().code == base::Errc::not_found) return 0;  // it ends too early
    if (!trouble_) return std::unexpected(trouble_.error());
    return file_.read_at(offset, out.first(std::min<std::size_t>(out.size(), 1000)));
  }

 private:
  storage::File file_;
  std::uint64_t size_;
  base::Result<> trouble_;
};

}  // namespace

base::Result<> LinkingObjects::trouble(const std::string& call) {
  return take(failures_, call);
}

std::filesystem::path LinkingObjects::path_of(std::string_view key) const {
  std::string name(key);
  std::ranges::replace(name, '/', '|');
  return std::filesystem::path("/objects") / name;
}

std::vector<std::string> LinkingObjects::keys() {
  auto names = *files_.list("/objects");
  for (auto& name : names) std::ranges::replace(name, '|', '/');
  return names;
}

base::Result<> LinkingObjects::put(std::string_view key, const storage::LocalFile& source) {
  if (auto failed = trouble("put"); !failed) return failed;
  last_put_ = source;
  auto linked = files_.link(source.path, path_of(key));
  if (!linked && linked.error().code != base::Errc::conflict) return linked;
  return files_.sync_directory("/objects");
}

base::Result<std::unique_ptr<storage::ObjectReader>> LinkingObjects::open(std::string_view key) {
  if (auto failed = trouble("open"); !failed) return std::unexpected(failed.error());
  auto file = files_.open(path_of(key), OpenMode::read);
  if (!file) return std::unexpected(file.error());
  const auto size = file->status()->size;
  return std::make_unique<Reader>(std::move(*file), size, trouble("read"));
}

base::Result<ObjectInfo> LinkingObjects::stat(std::string_view key) {
  if (auto failed = trouble("stat"); !failed) return std::unexpected(failed.error());
  const auto status = files_.status(path_of(key));
  if (!status) return std::unexpected(status.error());
  return ObjectInfo{.key = std::string(key), .size = status->size};
}

base::Result<> LinkingObjects::remove(std::string_view key) {
  if (auto failed = trouble("remove"); !failed) return failed;
  auto removed = files_.remove(path_of(key));
  if (!removed && removed.error().code == base::Errc::not_found) return {};
  return removed;
}

base::Result<> LinkingObjects::list(std::string_view, const std::function<bool(const ObjectInfo&)>&) {
  return {};
}

base::Result<> ListCatalog::trouble(const std::string& call) {
  return take(failures_, call);
}

base::Result<storage::CommittedMedia> ListCatalog::commit_media(const storage::Media& media) {
  if (auto failed = trouble("commit"); !failed) return std::unexpected(failed.error());
  if (is_dead()) return base::fail(base::Errc::unavailable, "The machine is off.");
  const auto same = std::ranges::find_if(rows, [&](const storage::Media& row) {
    return row.imei == media.imei && row.name == media.name && row.captured_at == media.captured_at &&
           row.sha256 == media.sha256;
  });
  if (same != rows.end())
    return storage::CommittedMedia{.id = same->id, .duplicate = true, .object_key = same->object_key};
  rows.push_back(media);
  if (auto failed = trouble("answer"); !failed) return std::unexpected(failed.error());
  return storage::CommittedMedia{.id = media.id,
                                 .duplicate = false,
                                 .object_key = media.object_key,
                                 .answered = std::exchange(answers, std::nullopt)};
}

base::Result<std::optional<storage::Media>> ListCatalog::find_stored_file(const storage::StoredFileQuery& query) {
  ++finds;
  if (auto failed = trouble("find"); !failed) return std::unexpected(failed.error());
  for (const auto& row : rows) {
    if (row.imei == query.imei && row.name == query.name && row.captured_at == query.captured_at &&
        row.declared_size == query.declared_size && row.declared_in_packets == query.declared_in_packets)
      return row;
  }
  return std::nullopt;
}
