#include "storage/intake.hpp"

#include <array>

#include <fmt/format.h>

#include "server/base/log.hpp"
#include "storage/files/sha256.hpp"
#include "storage/formats/format.hpp"

namespace storage {
namespace {

struct Inspection {
  std::string sha256;
  FormatVerdict verdict;
};

// Reads the whole file back from the disk: what is hashed is what is stored, not what was in memory.
base::Result<Inspection> inspect(const Partial& partial) {
  Sha256 hash;
  FormatCheck check;
  const auto read = partial.for_each_block([&](base::ByteView block) {
    hash.feed(block);
    check.feed(block);
  });
  if (!read) return std::unexpected(read.error());
  auto sha256 = hash.hex();
  if (!sha256) return std::unexpected(sha256.error());
  return Inspection{.sha256 = std::move(*sha256), .verdict = check.finish()};
}

base::MediaKind kind_of(Format format) noexcept {
  switch (format) {
    case Format::jpeg: return base::MediaKind::photo;
    case Format::ptmf:
    case Format::annexb:
    case Format::mp4:
    case Format::mpegts: return base::MediaKind::video;
    case Format::json:
    case Format::unknown: break;
  }
  return base::MediaKind::other;
}

std::string object_key(const Media& media, Format format) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(media.received_at));
  return fmt::format("media/{}/{:04}/{:02}/{:02}/{}.{}", media.imei.str(), static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), media.id.str(),
                     extension(format));
}

void complete(Media& media, const base::Uuid& id, std::uint64_t size, Inspection&& found) {
  media.id = id;
  media.size = size;
  media.sha256 = std::move(found.sha256);
  media.content_type = content_type(found.verdict.format);
  media.defect = std::move(found.verdict.defect).value_or(std::string());
  if (media.kind == base::MediaKind::other) media.kind = kind_of(found.verdict.format);
  media.object_key = object_key(media, found.verdict.format);
}

// The last bytes of a stored object from `offset` on.
base::Result<base::Bytes> read_tail(ObjectReader& reader, std::uint64_t offset) {
  base::Bytes bytes(reader.size() - offset);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto got = reader.read_at(offset + done, std::span(bytes).subspan(done));
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return base::fail(base::Errc::corrupt, "A stored object ends before its size.");
    done += *got;
  }
  return bytes;
}

// `corrupt`: there is no object that answers to the row.
base::Result<base::Bytes> read_stored_tail(ObjectStore& objects, const Media& media, std::uint64_t offset) {
  auto reader = objects.open(media.object_key);
  if (!reader && reader.error().code == base::Errc::not_found)
    return base::fail(base::Errc::corrupt, reader.error().message);
  if (!reader) return std::unexpected(reader.error());
  if ((*reader)->size() != media.size)
    return base::fail(base::Errc::corrupt, fmt::format("Object '{}' has {} bytes and not the {} of the catalog.",
                                                       media.object_key, (*reader)->size(), media.size));
  return read_tail(**reader, offset);
}

// What `identity` was stored as before, if a device can prove by an overlap that it is that file.
base::Result<std::optional<Kept>> find_stored(Catalog& catalog, ObjectStore& objects, const FileIdentity& identity) {
  auto found = catalog.find_stored_file(
      {.imei = identity.imei,
       .name = identity.name,
       .captured_at = base::UtcTime(std::chrono::milliseconds(identity.captured_ms.value_or(0))),
       .declared_size = identity.declared_size,
       .declared_in_packets = identity.unit == SizeUnit::packets});
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->size == 0) return std::nullopt;
  Media& media = **found;
  const std::uint64_t offset = widest_overlap_start(media.size);
  const auto tail = read_stored_tail(objects, media, offset);
  if (!tail && tail.error().code != base::Errc::corrupt) return std::unexpected(tail.error());
  if (!tail) {
    base::log::error("a stored file is damaged; it is fetched again as the device still has it",
                     {{"media", media.id.str()}, {"reason", tail.error().message}});
    return std::nullopt;
  }
  auto overlap = choose_overlap(offset, *tail);
  if (!overlap) return std::nullopt;
  const std::uint64_t size = media.size;
  return Kept{.partial = std::nullopt, .stored = std::move(media), .size = size, .overlap = std::move(overlap)};
}

}  // namespace

Intake::Intake(Spool& spool, ObjectStore& objects, Catalog& catalog, Handover* handover, Locate locate,
               IntakeListener listener)
    : spool_(spool),
      objects_(objects),
      catalog_(catalog),
      handover_(handover),
      locate_(std::move(locate)),
      listener_(std::move(listener)) {}

// A camera without a fix of its own: the tracker beside it may have one.
void Intake::place(Media& media) const {
  if (!locate_ || !media.captured_at || media.latitude || media.longitude) return;
  const auto found = locate_(media.imei, *media.captured_at);
  if (!found) return;
  media.latitude = found->latitude;
  media.longitude = found->longitude;
}

// Begun before the file was stored, here or through another node. One begun later is what a device sent that
// contradicted the stored file.
bool Intake::is_stale(const Partial& partial, const Media& stored) const noexcept {
  return handover_ != nullptr && partial.id().made_at() <= stored.received_at;
}

Sighting Intake::look_for(const FileIdentity& identity) {
  Sighting sighting;
  if (!identity.provable()) return sighting;
  sighting.stored = find_stored(identity);
  if (!sighting.stored && handover_ != nullptr) sighting.left = handover_->find(identity);
  return sighting;
}

base::Result<Kept> Intake::open(const FileIdentity& identity, Sighting sighting) {
  auto partial = spool_.acquire(identity);
  if (!partial) return std::unexpected(partial.error());
  if (sighting.stored && (partial->size() == 0 || is_stale(*partial, *sighting.stored->stored))) {
    partial->discard();
    return std::move(*sighting.stored);
  }
  if (!sighting.left.empty()) *partial = handover_->fetch(std::move(*partial), sighting.left);
  if (partial->size() > 0) return resume(std::move(*partial));
  return Kept{.partial = std::move(*partial), .stored = std::nullopt, .size = 0, .overlap = std::nullopt};
}

std::vector<FileIdentity> Intake::kept() const {
  return handover_ == nullptr ? std::vector<FileIdentity>{} : spool_.idle();
}

void Intake::leave_kept(const FileIdentity& identity) noexcept {
  auto partial = spool_.acquire(identity);
  if (!partial) return;
  if (partial->size() == 0) return partial->discard();  // a camera was faster
  if (const auto stored = find_stored(identity); stored && is_stale(*partial, *stored->stored))
    return partial->discard();  // through another node
  leave(std::move(*partial));
}

std::optional<Kept> Intake::find_stored(const FileIdentity& identity) {
  auto stored = storage::find_stored(catalog_, objects_, identity);
  if (stored) return std::move(*stored);
  base::log::warning("cannot find out whether a file is stored already; it is taken as new",
                     {{"imei", identity.imei.str()}, {"file", identity.name}, {"reason", stored.error().message}});
  return std::nullopt;
}

void Intake::leave(Partial&& partial) noexcept {
  Partial leaving = std::move(partial);
  if (handover_ == nullptr) return;
  const std::string imei = leaving.identity().imei.str();
  if (const auto left = handover_->leave(std::move(leaving)); !left)
    base::log::warning("an unfinished file stays on this node", {{"imei", imei}, {"reason", left.error().message}});
}

base::Result<Kept> Intake::resume(Partial&& partial) {
  const FileIdentity& identity = partial.identity();
  const bool complete = identity.unit == SizeUnit::bytes && partial.size() == identity.declared_size;
  const std::uint64_t size = complete ? partial.size() : whole_packets(partial.size());
  std::optional<Overlap> overlap;
  if (size > 0) {
    if (const auto trimmed = partial.trim(size); !trimmed) return std::unexpected(trimmed.error());
    const std::uint64_t offset = widest_overlap_start(size);
    const auto tail = partial.read_from(offset);
    if (!tail) return std::unexpected(tail.error());
    overlap = choose_overlap(offset, *tail);
  }
  if (overlap) return Kept{.partial = std::move(partial), .stored = {}, .size = size, .overlap = std::move(overlap)};
  auto fresh = spool_.start_over(std::move(partial));
  if (!fresh) return std::unexpected(fresh.error());
  return Kept{.partial = std::move(*fresh), .stored = std::nullopt, .size = 0, .overlap = std::nullopt};
}

base::Result<std::variant<Published, NotWhole>> Intake::publish(Partial partial, Arrival arrival) {
  auto result = try_publish(partial, std::move(arrival));
  // What is on the disk cannot be trusted and never becomes trustworthy by trying again (invariant I7).
  if (!result && result.error().code == base::Errc::corrupt) partial.discard();
  return result;
}

base::Result<std::variant<Published, NotWhole>> Intake::try_publish(Partial& partial, Arrival&& arrival) {
  if (partial.size() != arrival.expected_bytes)
    return base::fail(base::Errc::corrupt, fmt::format("The spool has {} of the {} bytes of the file.", partial.size(),
                                                       arrival.expected_bytes));
  auto found = inspect(partial);
  if (!found) return std::unexpected(found.error());
  if (found->verdict.defect && found->sha256 != partial.rejected_sha256()) {
    forget_left(partial.identity());
    auto fresh = spool_.start_over(std::move(partial), std::move(found->sha256));
    if (!fresh) return std::unexpected(fresh.error());
    return NotWhole{.fresh = std::move(*fresh), .defect = std::move(*found->verdict.defect)};
  }

  if (auto synced = partial.sync(); !synced) return std::unexpected(synced.error());
  Media& media = arrival.media;
  complete(media, partial.id(), partial.size(), std::move(*found));
  const LocalFile file{
      .path = partial.data_path(), .size = media.size, .sha256 = media.sha256, .content_type = media.content_type};
  if (auto put = objects_.put(media.object_key, file); !put) {
    // Another file under this id: under a fresh one there will be none.
    if (put.error().code == base::Errc::conflict) put.error().code = base::Errc::corrupt;
    return std::unexpected(put.error());
  }
  place(media);
  auto committed = catalog_.commit_media(media);
  if (!committed) return std::unexpected(committed.error());
  if (committed->answered && listener_.answered) listener_.answered(*committed->answered);
  if (committed->duplicate) {
    if (auto settled = settle_duplicate(*committed, media.object_key, file); !settled)
      return std::unexpected(settled.error());
  }
  media.id = committed->id;
  media.object_key = committed->object_key;
  forget_left(partial.identity());
  partial.discard();
  if (!committed->duplicate && listener_.stored) listener_.stored(media);
  return Published{.media = std::move(media), .duplicate = committed->duplicate};
}

// The file was stored before: one object is enough. The older one goes before ours does, should it have been lost.
base::Result<> Intake::settle_duplicate(const CommittedMedia& standing, const std::string& key, const LocalFile& file) {
  if (standing.object_key == key) return {};
  const auto there = objects_.stat(standing.object_key);
  if (!there && there.error().code != base::Errc::not_found) return std::unexpected(there.error());
  if (!there) {
    base::log::error("a stored file was lost; it is put back from a repeated upload",
                     {{"media", standing.id.str()}, {"object", standing.object_key}});
    if (auto put = objects_.put(standing.object_key, file); !put) return put;
  }
  if (const auto removed = objects_.remove(key); !removed)
    base::log::warning("a second copy of a stored file could not be removed",
                       {{"object", key}, {"reason", removed.error().message}});
  return {};
}

void Intake::forget_left(const FileIdentity& identity) noexcept {
  if (handover_ != nullptr) handover_->settled(identity);
}

base::Result<Partial> Intake::start_over(Partial&& old) {
  return spool_.start_over(std::move(old));
}

base::Result<Partial> Intake::fresh(const FileIdentity& identity) {
  auto partial = spool_.acquire(identity);
  if (!partial || partial->size() == 0) return partial;
  return spool_.start_over(std::move(*partial));
}

}  // namespace storage
