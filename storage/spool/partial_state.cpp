#include "storage/spool/partial_state.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "server/base/log.hpp"

namespace storage {

Partial::State::State(std::shared_ptr<SpoolCore> owner, LoadedHeader loaded)
    : core(std::move(owner)),
      header(std::move(loaded.header)),
      records_at(loaded.size),
      seed(loaded.seed),
      data_path(core->data_path(header.id)),
      sums_path(core->sums_path(header.id)) {
  keeps_files = core->kept_open.fetch_add(1) < max_partials_kept_open;
  if (!keeps_files) core->kept_open.fetch_sub(1);
}

Partial::State::~State() {
  if (keeps_files) core->kept_open.fetch_sub(1);
  if (removed) return;
  if (header.identity.provable()) {
    core->index.close(header.id, header.identity.imei, size);
    return;
  }
  if (const auto gone = remove(); !gone)
    base::log::warning("a file that cannot be resumed stays in the spool until the next start",
                       {{"reason", gone.error().message}});
}

base::Result<std::unique_ptr<Partial::State>> Partial::State::create(std::shared_ptr<SpoolCore> core,
                                                                     SidecarHeader header) {
  const auto encoded = encode_header(header);
  if (!encoded) {
    core->index.erase(header.id, header.identity.imei);
    return std::unexpected(encoded.error());
  }
  LoadedHeader loaded{.header = std::move(header), .size = encoded->size(), .seed = sidecar_seed(*encoded)};
  auto state = std::make_unique<State>(std::move(core), std::move(loaded));

  const auto make_files = [&]() -> base::Result<> {
    auto sums = state->core->files.open(state->sums_path, OpenMode::create_new);
    if (!sums) return std::unexpected(sums.error());
    if (auto written = sums->write_at(0, *encoded); !written) return written;
    auto data = state->core->files.open(state->data_path, OpenMode::create_new);
    if (!data) return std::unexpected(data.error());
    state->sums = std::move(*sums);
    state->data = std::move(*data);
    state->release_files();
    return {};
  };
  if (const auto made = make_files(); !made) {
    static_cast<void>(state->remove());  // best effort: half a partial is removed at the next start otherwise
    return std::unexpected(made.error());
  }
  return state;
}

base::Result<std::unique_ptr<Partial::State>> Partial::State::load(std::shared_ptr<SpoolCore> core,
                                                                   const base::Uuid& id) {
  auto data = core->files.open(core->data_path(id), OpenMode::write);
  if (!data) return std::unexpected(data.error());
  auto sums = core->files.open(core->sums_path(id), OpenMode::write);
  if (!sums) return std::unexpected(sums.error());
  const auto status = data->status();
  if (!status) return std::unexpected(status.error());
  auto loaded = load_header(*sums, id);
  if (!loaded) return std::unexpected(loaded.error());

  auto state = std::make_unique<State>(std::move(core), std::move(*loaded));
  state->data = std::move(*data);
  state->sums = std::move(*sums);
  state->verify();
  if (status->links > 1 && state->size != status->size) {
    // Sealed, and its sidecar cannot vouch for all of it: it can neither be continued nor be published.
    state->resize(0, std::nullopt);
    state->removed = true;  // by the caller
    return base::fail(base::Errc::corrupt, state->data_path.native() + " is stored already and does not verify.");
  }
  state->release_files();
  return state;
}

void Partial::State::cut(std::uint64_t bytes, std::optional<BlockRecord> new_tail) noexcept {
  resize(bytes, new_tail);
  running.reset();
}

void Partial::State::resize(std::uint64_t bytes, std::optional<BlockRecord> new_tail) noexcept {
  core->index.resized(size, bytes);
  size = bytes;
  tail = new_tail;
}

// A failed write-back between two openings is not lost from sight: the kernel reports it to the first fsync of a later
// opening while it remembers the file, and when it has forgotten the file the bytes read back are those of the disk.
base::Result<> Partial::State::open_files() {
  if (data.is_open()) return {};
  auto opened_data = core->files.open(data_path, OpenMode::write);
  if (!opened_data) return std::unexpected(opened_data.error());
  auto opened_sums = core->files.open(sums_path, OpenMode::write);
  if (!opened_sums) return std::unexpected(opened_sums.error());
  data = std::move(*opened_data);
  sums = std::move(*opened_sums);
  return {};
}

void Partial::State::release_files() noexcept {
  if (keeps_files) return;
  data.close();
  sums.close();
}

void Partial::State::verify() {
  for (std::uint64_t index = 0;; ++index) {
    const auto record = stored_record(index);
    if (!record || index * block_size + record->length > max_bytes()) return;
    if (!checked_block(index, *record)) return;
    const bool is_tail = record->length < block_size;
    resize(index * block_size + record->length, is_tail ? std::optional(*record) : std::nullopt);
    if (is_tail) return;
  }
}

base::Result<BlockRecord> Partial::State::stored_record(std::uint64_t index) const {
  std::array<std::uint8_t, block_record_size> bytes;
  const auto read = sums.read_at(records_at + index * block_record_size, bytes);
  if (!read) return std::unexpected(read.error());
  if (const auto record = decode_record(block_seed(seed, index), base::ByteView(bytes).first(*read))) return *record;
  return fail_checksum(index);
}

base::Result<base::Bytes> Partial::State::checked_block(std::uint64_t index, const BlockRecord& record) const {
  base::Bytes bytes(record.length);
  const auto read = data.read_at(index * block_size, bytes);
  if (!read) return std::unexpected(read.error());
  if (*read == bytes.size() && checksum(block_seed(seed, index), bytes) == record.sum) return bytes;
  return base::fail(base::Errc::corrupt,
                    fmt::format("Block {} of {} is not what was written.", index, data_path.native()));
}

// The record of a block that must be there: the tail's from memory, which trim() may have shortened.
base::Result<BlockRecord> Partial::State::record_of(std::uint64_t index) const {
  if (tail && index == size / block_size) return *tail;
  auto record = stored_record(index);
  if (record && record->length != block_size) return fail_checksum(index);
  return record;
}

std::unexpected<base::Error> Partial::State::fail_checksum(std::uint64_t index) const {
  return base::fail(base::Errc::corrupt,
                    fmt::format("The checksum of block {} of {} is damaged.", index, data_path.native()));
}

base::Result<base::Bytes> Partial::State::read_block(std::uint64_t index) {
  if (auto opened = open_files(); !opened) return std::unexpected(opened.error());
  const auto record = record_of(index);
  auto bytes = record ? checked_block(index, *record) : std::unexpected(record.error());
  release_files();
  if (!bytes && bytes.error().code == base::Errc::corrupt) cut_before(index);
  return bytes;
}

base::Result<> Partial::State::check_fits(base::ByteView bytes) const {
  if (removed || bytes.empty() || bytes.size() > block_size)
    return base::fail(base::Errc::invalid, fmt::format("{} bytes cannot be added to {}, which has {}.", bytes.size(),
                                                       data_path.native(), size));
  if (size + bytes.size() > max_bytes())
    return base::fail(base::Errc::invalid,
                      fmt::format("{} may have {} bytes, and more arrived.", data_path.native(), max_bytes()));
  return {};
}

base::Result<> Partial::State::append(base::ByteView bytes) {
  if (auto started = start_running(); !started) return started;
  const auto status = data.status();
  if (!status) return std::unexpected(status.error());
  const bool sealed = status->links > 1;
  if (auto done = sealed ? compare_sealed(bytes) : data.write_at(size, bytes); !done) return done;
  const std::uint64_t first = size / block_size;
  const AppendedRecords appended = add_to_running(bytes);
  if (!sealed)
    if (auto written = write_records(first, appended); !written) return written;
  const BlockRecord& last = appended.last();
  resize(size + bytes.size(), last.length < block_size ? std::optional(last) : std::nullopt);
  return {};
}

// The checksum of the tail can go on only from its bytes; after a restart, a trim() or trouble they are read again.
base::Result<> Partial::State::start_running() {
  if (running) return {};
  const std::uint64_t index = size / block_size;
  base::Result<base::Bytes> kept;
  if (tail) kept = checked_block(index, *tail);
  if (!kept) return std::unexpected(kept.error());
  running.emplace(block_seed(seed, index));
  running->add(*kept);
  return {};
}

// The records of the blocks that `bytes` end in or go through: two at most, since they are no more than a block.
Partial::State::AppendedRecords Partial::State::add_to_running(base::ByteView bytes) {
  AppendedRecords appended;
  std::uint64_t at = size;
  while (!bytes.empty()) {
    const std::size_t before = at % block_size;
    const base::ByteView part = bytes.first(std::min(bytes.size(), block_size - before));
    running->add(part);
    appended.records[appended.count++] = {.length = static_cast<std::uint32_t>(before + part.size()),
                                          .sum = running->value()};
    bytes = bytes.subspan(part.size());
    at += part.size();
    if (at % block_size == 0) running.emplace(block_seed(seed, at / block_size));
  }
  return appended;
}

base::Result<> Partial::State::write_records(std::uint64_t first, const AppendedRecords& appended) {
  // The record behind them is blanked: nothing left there from a longer past may ever join on.
  std::array<std::uint8_t, (AppendedRecords::max + 1) * block_record_size> bytes{};
  for (std::size_t i = 0; i < appended.count; ++i)
    std::ranges::copy(encode_record(block_seed(seed, first + i), appended.records[i]),
                      bytes.begin() + static_cast<std::ptrdiff_t>(i * block_record_size));
  return sums.write_at(records_at + first * block_record_size,
                       base::ByteView(bytes).first((appended.count + 1) * block_record_size));
}

base::Result<> Partial::State::compare_sealed(base::ByteView bytes) const {
  base::Bytes there(bytes.size());
  const auto read = data.read_at(size, there);
  if (!read) return std::unexpected(read.error());
  if (*read == there.size() && std::ranges::equal(there, bytes)) return {};
  return base::fail(base::Errc::corrupt,
                    fmt::format("{} is stored already and must not be changed: other bytes came for its offset {}.",
                                data_path.native(), size));
}

base::Result<> Partial::State::remove() {
  if (removed) return {};
  data.close();
  sums.close();
  resize(0, std::nullopt);
  removed = true;
  core->index.erase(header.id, header.identity.imei);
  return core->remove_files(header.id);
}

}  // namespace storage
