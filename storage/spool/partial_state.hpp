// A partial's two files and what is known of them. Belongs to one thread at a time.
#pragma once

#include <array>

#include "storage/spool/checksum.hpp"
#include "storage/spool/spool_core.hpp"

namespace storage {

struct Partial::State {
  // Of the blocks that one append() touched.
  struct AppendedRecords {
    static constexpr std::size_t max = 2;
    std::array<BlockRecord, max> records;
    std::size_t count = 0;
    const BlockRecord& last() const noexcept { return records[count - 1]; }
  };

  // Makes the two files of a partial that is open in the index.
  static base::Result<std::unique_ptr<State>> create(std::shared_ptr<SpoolCore> core, SidecarHeader header);
  // Reads the sidecar of one that was there, and verifies its bytes from the start as far as they go. On an error the
  // index still says that the partial is open. `corrupt`: it is of no use.
  static base::Result<std::unique_ptr<State>> load(std::shared_ptr<SpoolCore> core, const base::Uuid& id);

  State(std::shared_ptr<SpoolCore> owner, LoadedHeader loaded);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::uint64_t max_bytes() const noexcept { return header.identity.max_bytes(); }
  void resize(std::uint64_t bytes, std::optional<BlockRecord> new_tail) noexcept;
  void cut(std::uint64_t bytes, std::optional<BlockRecord> new_tail) noexcept;
  void cut_before(std::uint64_t index) noexcept { cut(index * block_size, std::nullopt); }

  base::Result<> open_files();
  void release_files() noexcept;
  void verify();

  base::Result<BlockRecord> stored_record(std::uint64_t index) const;
  base::Result<BlockRecord> record_of(std::uint64_t index) const;
  std::unexpected<base::Error> fail_checksum(std::uint64_t index) const;
  base::Result<base::Bytes> checked_block(std::uint64_t index, const BlockRecord& record) const;
  base::Result<base::Bytes> read_block(std::uint64_t index);
  base::Result<> check_fits(base::ByteView bytes) const;
  base::Result<> append(base::ByteView bytes);
  base::Result<> start_running();
  AppendedRecords add_to_running(base::ByteView bytes);
  base::Result<> write_records(std::uint64_t first, const AppendedRecords& appended);
  base::Result<> compare_sealed(base::ByteView bytes) const;

  base::Result<> remove();

  const std::shared_ptr<SpoolCore> core;
  const SidecarHeader header;
  const std::uint64_t records_at;
  const std::uint64_t seed;
  const std::filesystem::path data_path;
  const std::filesystem::path sums_path;

  std::uint64_t size = 0;
  std::optional<BlockRecord> tail;         // of the last block, while that is shorter than block_size
  std::optional<RunningChecksum> running;  // of the tail's bytes, or of none; made when append() needs it
  File data;
  File sums;
  bool keeps_files = false;
  bool removed = false;
};

}  // namespace storage
