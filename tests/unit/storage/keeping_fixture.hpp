// A real catalog, objects in a map, and files in both.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <mutex>

#include "storage/catalog/catalog.hpp"
#include "storage/files/sha256.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/temp_folder.hpp"

namespace storage {

// Thread-safe; fails where `trouble` says so.
class MapObjects final : public ObjectStore {
 public:
  struct Object {
    std::string bytes;
    base::UtcTime modified;
  };
  std::map<std::string, Object, std::less<>> objects;
  std::mutex mutex;
  std::function<base::Result<>(std::string_view call, std::string_view key)> trouble =
      [](std::string_view, std::string_view) { return base::Result<>(); };
  std::uint64_t leftovers = 0;

  void keep(const std::string& key, std::string bytes, base::UtcTime modified) {
    const std::lock_guard lock(mutex);
    objects[key] = {std::move(bytes), modified};
  }
  bool has(std::string_view key) {
    const std::lock_guard lock(mutex);
    return objects.contains(key);
  }

  base::Result<> put(std::string_view, const LocalFile&) override { return {}; }
  base::Result<std::unique_ptr<ObjectReader>> open(std::string_view key) override {
    if (auto failed = trouble("open", key); !failed) return std::unexpected(failed.error());
    const std::lock_guard lock(mutex);
    const auto found = objects.find(key);
    if (found == objects.end()) return base::fail(base::Errc::not_found, "There is no such object.");
    return std::make_unique<Reader>(found->second.bytes);
  }
  base::Result<ObjectInfo> stat(std::string_view key) override {
    if (auto failed = trouble("stat", key); !failed) return std::unexpected(failed.error());
    const std::lock_guard lock(mutex);
    const auto found = objects.find(key);
    if (found == objects.end()) return base::fail(base::Errc::not_found, "There is no such object.");
    return ObjectInfo{found->first, found->second.bytes.size(), found->second.modified};
  }
  base::Result<> remove(std::string_view key) override {
    if (auto failed = trouble("remove", key); !failed) return failed;
    const std::lock_guard lock(mutex);
    if (const auto found = objects.find(key); found != objects.end()) objects.erase(found);
    return {};
  }
  base::Result<> list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    std::vector<ObjectInfo> all;
    {
      const std::lock_guard lock(mutex);
      for (const auto& [key, object] : objects)
        if (key.starts_with(prefix)) all.push_back({key, object.bytes.size(), object.modified});
    }
    for (const auto& each : all) {
      if (auto failed = trouble("list", each.key); !failed) return failed;
      if (!visit(each)) break;
    }
    return {};
  }
  std::optional<std::filesystem::path> local_path(std::string_view) const override { return std::nullopt; }
  base::Result<> probe() override { return {}; }
  base::Result<std::uint64_t> remove_leftovers(base::UtcTime) override { return std::exchange(leftovers, 0); }
  std::string describe() const override { return "map:"; }

 private:
  struct Reader final : ObjectReader {
    explicit Reader(std::string content) : bytes(std::move(content)) {}
    std::uint64_t size() const noexcept override { return bytes.size(); }
    base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
      const auto rest = std::string_view(bytes).substr(std::min<std::uint64_t>(offset, bytes.size()));
      return rest.copy(reinterpret_cast<char*>(out.data()), out.size());
    }
    const std::string bytes;
  };
};

class KeepingFixture : public testing::Test {
 protected:
  KeepingFixture() { EXPECT_TRUE(catalog_->migrate()); }

  KeepingCatalog& keeping() { return catalog_->keeping(); }

  // A stored file, as old as that, with so many bytes.
  Media add(std::chrono::milliseconds age, std::size_t bytes = 100, base::Imei imei = tests::device()) {
    const auto received = base::utc_now() - age;
    Media media = tests::photo(imei, received);
    const std::string content(bytes, static_cast<char>('a' + added_++ % 26));
    Sha256 hash;
    hash.feed(base::as_bytes(content));
    hash.feed(base::as_bytes(media.id.str()));
    media.size = content.size() + media.id.str().size();
    media.sha256 = hash.hex().value();
    objects_.keep(media.object_key, content + media.id.str(), received);
    EXPECT_TRUE(catalog_->commit_media(media));
    return media;
  }
  // An object that was made of the file, named by the catalog.
  DerivedObject add_derived(const Media& media, base::Derived derived, std::chrono::milliseconds age) {
    auto& jobs = catalog_->jobs();
    static_cast<void>(jobs.retry_job(media.id, JobTask::preview));
    EXPECT_EQ(jobs.take_job("w", std::chrono::hours(1)).value().value().job.media_id, media.id);
    const std::string bytes(30, static_cast<char>('a' + added_++ % 26));
    const DerivedObject made{
        .media_id = media.id,
        .derived = derived,
        .object_key = fmt::format("derived/{}/{}/{}-{}", media.imei.str(), media.id.str(), to_string(derived), added_),
        .size = bytes.size(),
        .sha256 = tests::sha256(added_),
        .made_at = base::utc_now() - age};
    objects_.keep(made.object_key, bytes, made.made_at);
    EXPECT_TRUE(jobs.finish_job(media.id, JobTask::preview, "w", {.derived = {made}}).value());
    return made;
  }
  void hold(const Media& media) { EXPECT_TRUE(keeping().hold_media(media.id, "case 7", base::utc_now()).value()); }
  bool is_stored(const Media& media) { return catalog_->find_media(media.id).value().has_value(); }
  bool is_there(const Media& media) { return is_stored(media) && objects_.has(media.object_key); }
  bool is_gone(const Media& media) {
    const auto tombstone = keeping().find_tombstone(media.id).value();
    return !is_stored(media) && !objects_.has(media.object_key) && tombstone && tombstone->object_removed;
  }
  KeptFile file(const Media& media) { return keeping().find_media_of(media.object_key).value().value(); }

  // The catalog, looked at from behind: a number.
  int count(const std::string& sql);

  tests::TempFolder folder_;
  std::unique_ptr<Catalog> catalog_ = open_catalog("sqlite:" + (folder_ / "c.db").string()).value();
  MapObjects objects_;
  unsigned added_ = 0;
};

}  // namespace storage
