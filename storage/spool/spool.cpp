#include "storage/spool/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <new>
#include <set>

#include "storage/files/sha256.hpp"
#include "storage/spool/partial_state.hpp"

namespace storage {
namespace {

constexpr std::size_t probe_size = 4096;

// What a name in the spool directory is of, if it is one of ours.
struct SpoolName {
  base::Uuid id;
  std::string extension;
};

std::optional<SpoolName> parse_name(const std::filesystem::path& name) {
  const auto id = base::Uuid::parse(name.stem().native());
  if (!id) return std::nullopt;
  return SpoolName{.id = *id, .extension = name.extension().native()};
}

// A damaged sidecar, or one on a bad spot of the disk, is worth nothing; anything else wrong is ours to mend, not a
// reason to throw files away.
bool is_worthless(const base::Error& error) noexcept {
  return error.code == base::Errc::corrupt || error.code == base::Errc::not_found || error.os_error == EIO;
}

base::Result<> add_to_index(SpoolCore& core, const base::Uuid& id) {
  const auto sums = core.files.open(core.sums_path(id), OpenMode::read);
  if (!sums) return std::unexpected(sums.error());
  const auto loaded = load_header(*sums, id);
  if (!loaded) return std::unexpected(loaded.error());
  const auto data = core.files.status(core.data_path(id));
  if (!data) return std::unexpected(data.error());
  if (!loaded->header.identity.provable())
    return base::fail(base::Errc::corrupt, "Nothing could prove that a device offers this file again.");
  core.index.add_idle(id, loaded->header.identity, data->size);
  return {};
}

base::Result<> read_directory(SpoolCore& core) {
  const auto names = core.files.list(core.directory);
  if (!names) return std::unexpected(names.error());
  std::set<base::Uuid> ids;
  for (const auto& name : *names) {
    const auto ours = parse_name(name);
    if (!ours) continue;  // not ours to touch
    if (ours->extension == ".part" || ours->extension == ".sums") ids.insert(ours->id);
    if (ours->extension != ".probe" && ours->extension != ".scratch") continue;
    if (auto removed = core.files.remove(core.directory / name); !removed) return removed;
  }
  for (const auto& id : ids) {
    const auto added = add_to_index(core, id);
    if (added) continue;
    if (!is_worthless(added.error())) return added;
    core.drop_files(id, added.error().message);
  }
  return {};
}

base::Result<> write_probe(FileSystem& files, const std::filesystem::path& path) {
  const base::Bytes bytes(probe_size, 0x5a);
  auto file = files.open(path, OpenMode::create_new);
  if (!file) return std::unexpected(file.error());
  if (auto written = file->write_at(0, bytes); !written) return written;
  if (auto synced = file->sync(); !synced) return synced;
  base::Bytes back(probe_size);
  const auto read = file->read_at(0, back);
  if (!read) return std::unexpected(read.error());
  if (*read == back.size() && back == bytes) return {};
  return base::fail(base::Errc::corrupt, path.native() + " reads back other bytes than were written: check the disk.");
}

}  // namespace

std::string FileIdentity::fingerprint() const {
  base::Bytes bytes;
  const auto number = [&](std::uint64_t value) {
    bytes.resize(bytes.size() + sizeof value);
    base::store_le(bytes.data() + bytes.size() - sizeof value, value);
  };
  const auto text = [&](std::string_view value) {
    number(value.size());
    const auto view = base::as_bytes(value);
    bytes.insert(bytes.end(), view.begin(), view.end());
  };
  text(imei.str());
  text(name);
  number(declared_size);
  number(static_cast<std::uint64_t>(unit));
  number(declared_crc);
  number(captured_ms.has_value());
  number(static_cast<std::uint64_t>(captured_ms.value_or(0)));
  text(metadata);
  Sha256 hash;
  hash.feed(bytes);
  auto hex = hash.hex();
  if (!hex) throw std::bad_alloc();  // its only reason
  return std::move(*hex);
}

struct Spool::State {
  std::shared_ptr<SpoolCore> core;
};

Spool::Spool(std::shared_ptr<State> state) : state_(std::move(state)) {}
Spool::~Spool() = default;

base::Result<std::unique_ptr<Spool>> Spool::open(std::filesystem::path directory, FileSystem& files) {
  if (auto made = make_directories(files, directory); !made) return std::unexpected(made.error());
  auto core = std::make_shared<SpoolCore>(std::move(directory), files);
  if (auto read = read_directory(*core); !read) return std::unexpected(read.error());
  return std::unique_ptr<Spool>(new Spool(std::make_shared<State>(std::move(core))));
}

base::Result<Partial> Spool::acquire(const FileIdentity& identity) {
  if (!identity.provable()) return create(identity, {});
  auto kept = load_kept(identity);
  if (!kept) return std::unexpected(kept.error());
  if (kept->empty()) return create(identity, {});
  // Of equally long ones the newest, which comes first.
  const auto longest = std::ranges::max_element(*kept, {}, &Partial::size);
  for (auto& partial : *kept)
    if (&partial != &*longest) partial.discard();
  return std::move(*longest);
}

// Every partial of this identity that is of use. An error that hides one from us for now leaves all as they are.
base::Result<std::vector<Partial>> Spool::load_kept(const FileIdentity& identity) {
  SpoolCore& core = *state_->core;
  std::vector<Partial> kept;
  base::Result<> trouble;
  for (const auto& id : core.index.open_all(identity)) {
    auto loaded = Partial::State::load(state_->core, id);
    if (loaded) {
      kept.push_back(Partial(std::move(*loaded)));
    } else if (is_worthless(loaded.error())) {
      core.index.erase(id, identity.imei);
      core.drop_files(id, loaded.error().message);
    } else {
      core.index.close(id, identity.imei, 0);
      trouble = std::unexpected(loaded.error());
    }
  }
  if (!trouble) return std::unexpected(trouble.error());
  return kept;
}

base::Result<Partial> Spool::create(const FileIdentity& identity, std::string rejected_sha256) {
  SpoolCore& core = *state_->core;
  SidecarHeader header{
      .id = base::Uuid::v7(base::utc_now()), .identity = identity, .rejected_sha256 = std::move(rejected_sha256)};
  const auto victims = core.index.add_open(header.id, identity);
  if (!victims) return std::unexpected(victims.error());
  for (const auto& victim : *victims) core.drop_files(victim, "The device began too many other files.");
  auto state = Partial::State::create(state_->core, std::move(header));
  if (!state) return std::unexpected(state.error());
  return Partial(std::move(*state));
}

base::Result<Partial> Spool::start_over(Partial&& old, std::string rejected_sha256) {
  const Partial dying = std::move(old);
  const FileIdentity& identity = dying.identity();
  if (rejected_sha256.empty()) rejected_sha256 = dying.rejected_sha256();
  // What cannot be trusted must not come back at the next start: without its removal there is no new one.
  if (auto removed = dying.state_->remove(); !removed) return std::unexpected(removed.error());
  return create(identity, std::move(rejected_sha256));
}

std::size_t Spool::expire(base::UtcTime before) {
  SpoolCore& core = *state_->core;
  const auto expired = core.index.take_idle([&](const base::Uuid& id) {
    const auto status = core.files.status(core.data_path(id));
    return status && status->modified < before;
  });
  for (const auto& id : expired) core.drop_files(id, "The device did not come back for it.");
  return expired.size();
}

SpoolUsage Spool::expire_oldest(std::uint64_t bytes) {
  SpoolCore& core = *state_->core;
  struct Idle {
    base::UtcTime modified;
    base::Uuid id;
    std::uint64_t bytes = 0;
  };
  std::vector<Idle> idle;
  std::uint64_t all_bytes = 0;
  static_cast<void>(core.index.take_idle([&](const base::Uuid& id) {
    const auto status = core.files.status(core.data_path(id));
    if (status && status->links == 1) {  // with more it is stored, and frees nothing
      idle.push_back({status->modified, id, status->size});
      all_bytes += status->size;
    }
    return false;
  }));
  if (all_bytes < bytes) return {};
  std::ranges::sort(idle, {}, [](const Idle& each) { return std::pair(each.modified, each.id); });
  std::map<base::Uuid, std::uint64_t> chosen;
  for (std::uint64_t freed = 0; const Idle& each : idle) {
    if (freed >= bytes) break;
    freed += each.bytes;
    chosen.emplace(each.id, each.bytes);
  }
  SpoolUsage removed;
  // Those that a device came back for meanwhile stay.
  for (const auto& id : core.index.take_idle([&](const base::Uuid& each) { return chosen.contains(each); })) {
    core.drop_files(id, "The disk is full, and the device did not come back for it for the longest time.");
    ++removed.partials;
    removed.bytes += chosen.at(id);
  }
  return removed;
}

std::vector<FileIdentity> Spool::idle() const {
  return state_->core->index.idle();
}

SpoolUsage Spool::usage() const {
  return state_->core->index.usage();
}

base::Result<File> Spool::scratch() {
  SpoolCore& core = *state_->core;
  return core.files.open(core.directory / (base::Uuid::v7(base::utc_now()).str() + ".scratch"), OpenMode::create_new);
}

base::Result<> Spool::remove_scratch(const std::filesystem::path& path) {
  return state_->core->files.remove(path);
}

base::Result<> Spool::probe() {
  SpoolCore& core = *state_->core;
  const auto path = core.directory / (base::Uuid::v7(base::utc_now()).str() + ".probe");
  auto written = write_probe(core.files, path);
  auto removed = core.files.remove(path);
  if (!written) return written;
  return removed;
}

}  // namespace storage
