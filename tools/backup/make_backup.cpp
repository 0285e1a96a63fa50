#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/backup/backup.hpp"
#include "tools/backup/files.hpp"

namespace backup {

namespace {
namespace fs = std::filesystem;

class Making {
 public:
  Making(CatalogKind& catalog, storage::ObjectStore& objects, const Options& options, verify::Progress& progress)
      : catalog_(catalog), objects_(objects), options_(options), progress_(progress) {}

  base::Result<Made> run() {
    note_older();
    if (auto taken = take_snapshot(); !taken) return std::unexpected(taken.error());
    progress_.begin("copying objects", made_.manifest.bytes());
    std::vector<Entry> named;
    named.swap(made_.manifest.objects);
    for (Entry& entry : named)
      if (auto copied = bring(std::move(entry)); !copied) return std::unexpected(copied.error());
    if (auto written = write_file(options_.folder / manifest_name, to_text(made_.manifest)); !written)
      return std::unexpected(written.error());
    remove_older();
    return std::move(made_);
  }

 private:
  void note_older() {
    const auto older = read_manifest(options_.folder);
    if (!older) return;
    for (const Entry& entry : older->objects) older_.emplace(entry.key, entry);
  }

  base::Result<> take_snapshot() {
    Manifest& manifest = made_.manifest;
    manifest.kind = catalog_.name();
    manifest.schema = catalog_.schema();
    manifest.taken = base::utc_now();
    // A name of its own: the older backup is whole until the new one is.
    const std::string name = fmt::format("{}-{}", manifest.taken.time_since_epoch().count(), catalog_.file_name());
    std::error_code error;
    fs::create_directories(options_.folder / objects_folder, error);
    if (error) return base::fail_errno(error.value(), fmt::format("Cannot make {}", options_.folder.string()));
    auto snapshot = catalog_.take(options_.folder / name);
    if (!snapshot) return std::unexpected(snapshot.error());
    snapshot_ = std::move(*snapshot);
    auto measured = measure(options_.folder / name);
    if (!measured) return std::unexpected(measured.error());
    manifest.catalog = std::move(*measured);
    manifest.catalog.key = name;
    auto& objects = manifest.objects;
    if (auto visited = snapshot_->objects([&](Entry entry) { objects.push_back(std::move(entry)); }); !visited)
      return visited;
    std::ranges::sort(objects, {}, &Entry::key);
    const auto twice = std::ranges::unique(objects, {}, &Entry::key);
    objects.erase(twice.begin(), twice.end());
    return {};
  }

  fs::path file_of(const std::string& key) const { return options_.folder / objects_folder / key; }
  Passed passed() {
    return [this](std::uint64_t bytes) {
      progress_.add(bytes);
      progress_.tick();
    };
  }

  // What has its name is whole: it was synced before it got it. Without an older manifest that says so it is read.
  bool has(const Entry& entry) {
    std::error_code error;
    if (fs::file_size(file_of(entry.key), error) != entry.size || error) return false;
    const auto older = older_.find(entry.key);
    if (!options_.reread && older != older_.end() && older->second == entry) {
      progress_.add(entry.size);
      return true;
    }
    const auto measured = measure(file_of(entry.key), passed());
    return measured && measured->sha256 == entry.sha256;
  }

  base::Result<> bring(Entry entry) {
    progress_.tick();
    if (has(entry)) {
      ++made_.kept;
      made_.manifest.objects.push_back(std::move(entry));
      return {};
    }
    const fs::path temporary = options_.folder / "object.new";
    auto object = objects_.open(entry.key);
    const auto copied = object ? measure(**object, temporary, passed()) : std::unexpected(object.error());
    if (!copied && copied.error().code == base::Errc::not_found) return miss(entry);
    if (!copied) return std::unexpected(copied.error());
    if (copied->size != entry.size || copied->sha256 != entry.sha256) {
      made_.manifest.absent.push_back(
          {.key = entry.key, .lost = true, .reason = "damaged in the store: not the bytes that were stored"});
      return {};
    }
    if (auto placed = put_in_place(temporary, file_of(entry.key)); !placed) return placed;
    ++made_.copied;
    made_.copied_bytes += entry.size;
    made_.manifest.objects.push_back(std::move(entry));
    return {};
  }

  base::Result<> miss(const Entry& entry) {
    const auto named = snapshot_->still_named(entry.key);
    if (!named) return std::unexpected(named.error());
    made_.manifest.absent.push_back(
        {.key = entry.key,
         .lost = *named,
         .reason = *named ? "not in the store, although the catalog names it" : "deleted while the backup was made"});
    return {};
  }

  // What neither manifest nor catalog names any more: deleted files, which must not live on here, and broken copies.
  void remove_older() {
    std::map<std::string, bool> wanted;
    for (const Entry& entry : made_.manifest.objects) wanted.emplace(entry.key, true);
    const fs::path root = options_.folder / objects_folder;
    std::vector<fs::path> gone;
    std::error_code error;
    for (const auto& file : fs::recursive_directory_iterator(root, error))
      if (file.is_regular_file(error) && !wanted.contains(file.path().lexically_relative(root).string()))
        gone.push_back(file.path());
    made_.removed = gone.size();
    for (const auto& file : fs::directory_iterator(options_.folder, error)) {
      const std::string name = file.path().filename().string();
      const bool ours = name.ends_with("-" + catalog_.file_name()) || name == "object.new";
      if (ours && name != made_.manifest.catalog.key) gone.push_back(file.path());
    }
    for (const fs::path& path : gone) fs::remove(path, error);
  }

  CatalogKind& catalog_;
  storage::ObjectStore& objects_;
  const Options& options_;
  verify::Progress& progress_;
  std::map<std::string, Entry> older_;
  std::unique_ptr<Snapshot> snapshot_;
  Made made_;
};
}  // namespace

base::Result<Made> make_backup(CatalogKind& catalog, storage::ObjectStore& objects, const Options& options,
                               verify::Progress& progress) {
  return Making(catalog, objects, options, progress).run();
}

}  // namespace backup
