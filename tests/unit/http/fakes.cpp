#include "tests/unit/http/fakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace http::testing {

using namespace std::chrono_literals;
using storage::Media;

base::Imei imei(unsigned n) {
  return base::Imei::from_number(base::with_luhn_digit(35'630'704'244'101 + n)).value();
}

base::UtcTime at(std::string_view iso8601) {
  return base::parse_iso8601(iso8601).value();
}

std::string sha256_like(char digit) {
  return std::string(64, digit);
}

Media photo(unsigned n) {
  const auto received = at("2026-11-21T10:15:00.123Z") + std::chrono::seconds(n);
  Media media{.id = base::Uuid::parse(fmt::format("019aa5f0-0000-7000-8000-{:012x}", n)).value(), .imei = imei(0)};
  media.camera = base::Camera::front;
  media.kind = base::MediaKind::photo;
  media.captured_at = received - 5s;
  media.received_at = received;
  media.trigger = "din1";
  media.size = 3;
  media.sha256 = sha256_like('a');
  media.content_type = "image/jpeg";
  media.object_key = fmt::format("media/{}/2026/11/21/{}.jpg", media.imei.str(), media.id.str());
  media.name = "%photof";
  return media;
}

Media video(unsigned n) {
  Media media = photo(n);
  media.kind = base::MediaKind::video;
  media.content_type = "video/x-ptmf";
  media.object_key = fmt::format("media/{}/2026/11/21/{}.ptmf", media.imei.str(), media.id.str());
  media.name = "%videof";
  return media;
}

storage::Transfer transfer(unsigned n, std::string state) {
  storage::Transfer made{.id = base::Uuid::parse(fmt::format("019aa5f0-1111-7000-8000-{:012x}", n)).value(),
                         .session = fmt::format("s{}", n),
                         .imei = imei(n % 3)};
  made.started_at = at("2026-11-21T10:00:00Z") + std::chrono::seconds(n);
  made.updated_at = made.started_at + 1s;
  made.live = state == "requesting" || state == "receiving" || state == "finishing";
  made.state = std::move(state);
  made.camera = base::Camera::rear;
  made.kind = base::MediaKind::video;
  return made;
}

void Gate::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  closed_ = false;
  changed_.notify_all();
}

void Gate::pass() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !closed_; });
  --waiting_;
}

bool Gate::wait_for_waiting(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 10s, [&] { return waiting_ >= count; });
}

std::size_t Gate::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

storage::MediaQuery FakeCatalog::last_media_query() const {
  const std::lock_guard lock(mutex_);
  return media_query_;
}

storage::TransferQuery FakeCatalog::last_transfer_query() const {
  const std::lock_guard lock(mutex_);
  return transfer_query_;
}

std::unique_ptr<storage::Catalog> FakeCatalog::empty_catalog() {
  auto catalog = storage::open_catalog("sqlite::memory:").value();
  static_cast<void>(catalog->migrate().value());
  return catalog;
}

base::Result<> FakeCatalog::enter() {
  gate.pass();
  if (failure) return std::unexpected(*failure);
  return {};
}

base::Result<storage::CommittedMedia> FakeCatalog::commit_media(const Media&) {
  return base::fail(base::Errc::refused, "The fake catalog takes nothing.");
}

base::Result<std::optional<Media>> FakeCatalog::find_stored_file(const storage::StoredFileQuery&) {
  return std::nullopt;
}

base::Result<std::optional<Media>> FakeCatalog::find_media(const base::Uuid& id) {
  if (auto entered = enter(); !entered) return std::unexpected(entered.error());
  const auto found = std::ranges::find(media, id, &Media::id);
  return found == media.end() ? std::nullopt : std::optional(*found);
}

namespace {

// Cursors of the fakes are "c" and the index of the next item.
template <class Item>
base::Result<std::pair<std::vector<Item>, std::string>> page_of(const std::vector<Item>& all, std::uint32_t limit,
                                                                const std::string& cursor) {
  std::size_t first = 0;
  if (!cursor.empty()) {
    if (cursor[0] != 'c') return base::fail(base::Errc::invalid, "That cursor was not made here.");
    first = std::stoul(cursor.substr(1));
  }
  const auto last = std::min(first + limit, all.size());
  std::vector<Item> items;
  for (auto i = first; i < last; ++i) items.push_back(all[i]);
  return std::pair(std::move(items), last < all.size() ? fmt::format("c{}", last) : std::string());
}

}  // namespace

base::Result<storage::MediaPage> FakeCatalog::list_media(const storage::MediaQuery& query) {
  {
    const std::lock_guard lock(mutex_);
    media_query_ = query;
  }
  if (auto entered = enter(); !entered) return std::unexpected(entered.error());
  auto page = page_of(media, query.limit, query.cursor);
  if (!page) return std::unexpected(page.error());
  return storage::MediaPage{std::move(page->first), std::move(page->second)};
}

base::Result<storage::TransferPage> FakeCatalog::list_transfers(const storage::TransferQuery& query) {
  {
    const std::lock_guard lock(mutex_);
    transfer_query_ = query;
  }
  if (auto entered = enter(); !entered) return std::unexpected(entered.error());
  auto page = page_of(transfers, query.limit, query.cursor);
  if (!page) return std::unexpected(page.error());
  return storage::TransferPage{std::move(page->first), std::move(page->second)};
}

base::Result<std::optional<storage::Device>> FakeCatalog::find_device(const base::Imei& imei) {
  if (auto entered = enter(); !entered) return std::unexpected(entered.error());
  const auto found = std::ranges::find(devices, imei, &storage::Device::imei);
  return found == devices.end() ? std::nullopt : std::optional(*found);
}

base::Result<std::vector<storage::Device>> FakeCatalog::list_devices() {
  if (auto entered = enter(); !entered) return std::unexpected(entered.error());
  return devices;
}

namespace {

class FakeReader final : public storage::ObjectReader {
 public:
  FakeReader(FakeStore& store, const std::string& bytes) : store_(store), bytes_(bytes) { ++store_.open_readers; }
  ~FakeReader() override { --store_.open_readers; }

  std::uint64_t size() const noexcept override { return bytes_.size(); }

  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= store_.fail_reads_from) return base::fail(base::Errc::io, "The fake disk has a scratch.");
    const auto size = std::min<std::uint64_t>(out.size(), bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), size, out.begin());
    store_.bytes_read += size;
    return size;
  }

 private:
  FakeStore& store_;
  const std::string& bytes_;
};

}  // namespace

void FakeStore::keep(const Media& media, std::string bytes) {
  if (!directory.empty()) {
    const auto path = directory / media.object_key;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  objects.insert_or_assign(media.object_key, std::move(bytes));
}

base::Result<std::unique_ptr<storage::ObjectReader>> FakeStore::open(std::string_view key) {
  const auto found = objects.find(key);
  if (found == objects.end()) return base::fail(base::Errc::not_found, "The fake store has no such object.");
  return std::make_unique<FakeReader>(*this, found->second);
}

base::Result<storage::ObjectInfo> FakeStore::stat(std::string_view key) {
  const auto found = objects.find(key);
  if (found == objects.end()) return base::fail(base::Errc::not_found, "The fake store has no such object.");
  return storage::ObjectInfo{std::string(key), found->second.size()};
}

std::optional<std::filesystem::path> FakeStore::local_path(std::string_view key) const {
  if (directory.empty()) return std::nullopt;
  return directory / key;
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 13);
  return bytes;
}

}  // namespace http::testing
