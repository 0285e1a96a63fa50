// Which partials a spool has, whose they are and which of them somebody has open. In memory only: the truth is in the
// sidecars. Thread-safe; no call touches a disk but where a caller's function does.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "storage/spool/spool.hpp"

namespace storage {

class PartialIndex {
 public:
  // One that nobody has open.
  void add_idle(const base::Uuid& id, const FileIdentity& identity, std::uint64_t bytes);

  // A new one, open. Returns those that must go for it: they are out of the index already, the caller removes the
  // files. `exhausted` when the device has max_partials_per_device open ones.
  base::Result<std::vector<base::Uuid>> add_open(const base::Uuid& id, const FileIdentity& identity);

  // Every idle partial of this identity, newest first, now open. Their bytes count no more until resized().
  std::vector<base::Uuid> open_all(const FileIdentity& identity);

  void resized(std::uint64_t from, std::uint64_t to) noexcept { bytes_.fetch_add(to - from); }
  void close(const base::Uuid& id, const base::Imei& imei, std::uint64_t bytes);
  // Of an open one; its bytes were taken off with resized() before.
  void erase(const base::Uuid& id, const base::Imei& imei);

  // Takes every idle partial out for which `unwanted` is true and returns them. `unwanted` is called under the lock, so
  // that nobody opens the partial meanwhile: it must be quick.
  std::vector<base::Uuid> take_idle(const std::function<bool(const base::Uuid&)>& unwanted);

  std::vector<FileIdentity> idle() const;
  SpoolUsage usage() const;

 private:
  struct Entry {
    FileIdentity identity;
    bool open = false;
    std::uint64_t bytes = 0;  // of an idle one
  };
  using Device = std::map<base::Uuid, Entry>;  // ids sort by the time they were made

  void erase_entry(Device& device, Device::iterator entry);

  mutable std::mutex mutex_;
  std::unordered_map<base::Imei, Device> devices_;
  std::uint64_t count_ = 0;
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace storage
