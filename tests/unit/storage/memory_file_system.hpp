// A file system in memory that can fail at any operation and lose power after any operation.
//
// It keeps what programs see apart from what is on the disk: data reaches the disk with sync(), names with
// sync_directory(). After a sync that failed, the kernel holds the pages for clean: later syncs of that file succeed
// and write nothing. That is what makes a retried sync lose data (invariant I7).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "storage/files/file_system.hpp"

// What the power cut leaves of that which was never synced. A real disk gives any mixture of these.
enum class Unsynced : std::uint8_t { lost, only_names_kept, only_data_kept };

class MemoryFileSystem final : public storage::FileSystem {
 public:
  using path = std::filesystem::path;

  // Operations count from 0 at the last call of one of these three. Reads, looks and listings count too.
  void count_operations();
  void fail_operation(std::uint64_t number, int os_error);
  void fail_from(std::uint64_t number, int os_error);  // this one and all later ones, until count_operations()
  void power_off_at(std::uint64_t number);             // a write at which it happens is torn
  std::uint64_t operations() const;
  bool is_off() const;
  // Only the program died at power_off_at(): the machine, and what it has in its caches, lived on.
  void restart_program();
  // Every file that was open is gone; what is left is what the disk had.
  void power_on(Unsynced unsynced);

  // The next sync of a file or a directory fails.
  void fail_next_sync() { fail_next_sync_ = true; }

  base::Bytes content(const path& where) const;
  void set_content(const path& where, base::Bytes bytes);
  void set_clock(base::UtcTime now) { now_ = now; }
  std::size_t open_files() const;

  base::Result<storage::File> open(const path& where, storage::OpenMode mode) override;
  base::Result<> rename(const path& from, const path& to) override;
  base::Result<> link(const path& existing, const path& name) override;
  base::Result<> remove(const path& where) override;
  base::Result<> make_directory(const path& where) override;
  base::Result<> sync_directory(const path& where) override;
  base::Result<storage::FileStatus> status(const path& where) override;
  base::Result<std::vector<std::string>> list(const path& directory) override;

 protected:
  base::Result<> write_at(const storage::File& file, std::uint64_t offset, base::ByteView bytes) override;
  base::Result<std::size_t> read_at(const storage::File& file, std::uint64_t offset,
                                    std::span<std::uint8_t> out) override;
  base::Result<> sync(const storage::File& file) override;
  base::Result<storage::FileStatus> status(const storage::File& file) override;
  void close(int descriptor) noexcept override;

 private:
  struct Inode {
    bool is_directory = false;
    base::Bytes seen;
    base::Bytes on_disk;
    bool lies = false;  // a sync failed
    base::UtcTime modified{};
  };
  using Names = std::map<path, std::shared_ptr<Inode>>;

  // Nothing, or the error that this operation must give. Called under the lock, once per operation.
  std::optional<base::Error> step(const char* verb, const path& where);
  base::Result<std::shared_ptr<Inode>> find(const char* verb, const path& where);
  base::Result<std::shared_ptr<Inode>> find(const char* verb, const storage::File& file);
  storage::FileStatus status_of(const std::shared_ptr<Inode>& inode) const;

  mutable std::mutex mutex_;
  Names seen_;
  Names on_disk_;
  std::map<int, std::shared_ptr<Inode>> open_;
  int next_descriptor_ = 100;
  base::UtcTime now_{std::chrono::seconds(1'700'000'000)};

  std::uint64_t operations_ = 0;
  std::uint64_t fail_from_ = UINT64_MAX;
  std::uint64_t fail_until_ = UINT64_MAX;
  int fail_with_ = 0;
  std::uint64_t power_off_at_ = UINT64_MAX;
  bool fail_next_sync_ = false;
};
