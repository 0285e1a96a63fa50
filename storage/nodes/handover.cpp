#include "storage/nodes/handover.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "server/base/log.hpp"
#include "storage/files/sha256.hpp"

namespace storage {

namespace {
std::string key_of(const LeftPartial& left) {
  return fmt::format("partials/{}/{}", left.imei.str(), left.id.str());
}

// A verified copy of the partial: the object store takes closed files that nobody writes.
base::Result<std::string> copy_into(File& copy, const Partial& partial) {
  Sha256 hash;
  std::uint64_t offset = 0;
  base::Result<> written;
  const auto read = partial.for_each_block([&](base::ByteView block) {
    if (!written) return;
    written = copy.write_at(offset, block);
    offset += block.size();
    hash.feed(block);
  });
  if (!read) return std::unexpected(read.error());
  if (!written) return std::unexpected(written.error());
  return hash.hex();
}
}  // namespace

base::Result<> Handover::leave(Partial&& partial) {
  if (now_() < rest_until_.load())
    return base::fail(base::Errc::unavailable, "Catalog or object store were in trouble a moment ago.");
  auto done = try_leave(std::move(partial));
  if (!done && done.error().code == base::Errc::unavailable) rest_until_ = now_() + rest_after_trouble;
  return done;
}

base::Result<> Handover::try_leave(Partial&& partial) {
  Partial leaving = std::move(partial);
  const FileIdentity& identity = leaving.identity();
  if (!identity.provable() || leaving.size() < block_size) return {};
  const auto older = catalog_.find_left(identity.fingerprint());
  if (!older) return std::unexpected(older.error());
  if (!older->empty() && older->front().size >= leaving.size()) {
    leaving.discard();  // it came from there, and nothing was added
    return {};
  }
  auto copy = spool_.scratch();
  if (!copy) return std::unexpected(copy.error());
  const auto path = copy->path();
  const auto sha256 = copy_into(*copy, leaving);
  copy->close();

  LeftPartial left{.id = base::Uuid::v7(base::utc_now()),
                   .file = identity.fingerprint(),
                   .imei = identity.imei,
                   .size = leaving.size(),
                   .sha256 = sha256.value_or(""),
                   .rejected_sha256 = leaving.rejected_sha256(),
                   .object_key = {},
                   .node = node_,
                   .left_at = base::utc_now()};
  left.object_key = key_of(left);
  base::Result<> done = sha256 ? base::Result<>() : std::unexpected(sha256.error());
  if (done)
    done = objects_.put(
        left.object_key,
        {.path = path, .size = left.size, .sha256 = left.sha256, .content_type = "application/octet-stream"});
  static_cast<void>(spool_.remove_scratch(path));  // or at the next start
  if (!done) return done;
  if (auto added = catalog_.add_left(left); !added) return added;
  for (const LeftPartial& each : *older) static_cast<void>(remove(each));  // shorter ones are of no use any more
  leaving.discard();
  return {};
}

std::vector<LeftPartial> Handover::find(const FileIdentity& identity) {
  if (!identity.provable()) return {};
  auto left = catalog_.find_left(identity.fingerprint());
  if (left) return std::move(*left);
  base::log::warning("cannot ask whether another node has begun this file",
                     {{"imei", identity.imei.str()}, {"reason", left.error().message}});
  return {};
}

Partial Handover::fetch(Partial&& local, const std::vector<LeftPartial>& left) {
  Partial here = std::move(local);
  const FileIdentity identity = here.identity();
  const base::SteadyTime deadline = now_() + longest_fetch;
  for (const LeftPartial& each : left) {
    if (each.size <= here.size()) break;  // the longest come first
    auto fetched = fetch(identity, each, deadline);
    if (fetched) {
      here.discard();
      return std::move(*fetched);
    }
    base::log::warning("what another node has left of a file cannot be used",
                       {{"imei", identity.imei.str()}, {"node", each.node}, {"reason", fetched.error().message}});
    const bool worthless = fetched.error().code == base::Errc::corrupt || fetched.error().code == base::Errc::not_found;
    if (worthless) static_cast<void>(remove(each));
  }
  return here;
}

base::Result<Partial> Handover::fetch(const FileIdentity& identity, const LeftPartial& left,
                                      base::SteadyTime deadline) {
  auto reader = objects_.open(left.object_key);
  if (!reader) return std::unexpected(reader.error());
  auto fresh = spool_.create(identity, left.rejected_sha256);
  if (!fresh) return fresh;
  Sha256 hash;
  base::Bytes bytes(block_size);
  base::Result<> done;
  while (done) {
    if (now_() >= deadline) done = base::fail(base::Errc::unavailable, "It takes too long to fetch.");
    if (!done) break;
    const auto read = (*reader)->read_at(fresh->size(), bytes);
    if (!read) done = std::unexpected(read.error());
    if (!read || *read == 0) break;
    const auto block = base::ByteView(bytes).first(*read);
    hash.feed(block);
    done = fresh->append(block);
  }
  const auto sha256 = hash.hex();
  if (done && !sha256) done = std::unexpected(sha256.error());
  if (done && (fresh->size() != left.size || *sha256 != left.sha256))
    done = base::fail(base::Errc::corrupt, fmt::format("Object '{}' is not what was left there.", left.object_key));
  if (done) return fresh;
  fresh->discard();
  return std::unexpected(done.error());
}

void Handover::settled(const FileIdentity& identity) noexcept {
  if (!identity.provable()) return;
  const auto left = catalog_.find_left(identity.fingerprint());
  if (!left) return;
  for (const LeftPartial& each : *left) static_cast<void>(remove(each));
}

base::Result<std::size_t> Handover::sweep(base::UtcTime before) {
  constexpr std::uint32_t batch = 100;
  const auto left = catalog_.find_left_before(before, batch);
  if (!left) return std::unexpected(left.error());
  for (const LeftPartial& each : *left)
    if (auto removed = remove(each); !removed) return std::unexpected(removed.error());
  return left->size();
}

// The object first: a row without one is found and removed by whoever asks; an object without a row by nobody.
base::Result<> Handover::remove(const LeftPartial& left) {
  if (auto removed = objects_.remove(left.object_key); !removed) return removed;
  return catalog_.remove_left(left.id);
}

}  // namespace storage
