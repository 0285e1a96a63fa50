// Where finished files live. One interface, one conformance suite, every implementation.
// Every call blocks: not for I/O threads. Implementations are thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace storage {

// A key we made: '/'-separated segments of [A-Za-z0-9._-], none of them empty, "." or "..". Never device text.
bool is_valid_object_key(std::string_view key) noexcept;

struct LocalFile {
  std::filesystem::path path;  // a closed, complete file that nobody writes any more
  std::uint64_t size = 0;
  std::string sha256;  // 64 lower-case hexadecimal digits
  std::string content_type;
};

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;
  base::UtcTime modified{};  // when it was stored or last written, by the store's clock
};

// Used by one thread at a time. Its end cancels whatever it still has under way. Must not outlive its store.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual std::uint64_t size() const noexcept = 0;
  // Fills `out` from `offset` as far as the object goes; returns the bytes read, 0 at the end.
  // What it gives is always of the object that was opened; when that was removed since, a store that is not of this
  // machine may answer `not_found`.
  virtual base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Durable when it returns success: object, name and directories survive a power failure. Takes the file's bytes as
  // they are; may share storage with `source` (a hard link), which must then never be written again.
  // An object that exists with the same size is success (a repeated put); with another size it is `conflict`. A store
  // that keeps the SHA-256 compares that too. Either way the object stays as it is.
  // A failed sync is reported as `corrupt`: never retry the same file (invariant I7).
  virtual base::Result<> put(std::string_view key, const LocalFile& source) = 0;

  virtual base::Result<std::unique_ptr<ObjectReader>> open(std::string_view key) = 0;  // `not_found`
  virtual base::Result<ObjectInfo> stat(std::string_view key) = 0;                     // `not_found`
  virtual base::Result<> remove(std::string_view key) = 0;                             // absent is success
  // Every object whose key begins with `prefix`, in key order, until `visit` returns false.
  virtual base::Result<> list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) = 0;

  // The object as a file of this machine, where the store keeps one: lets the HTTP server use sendfile.
  virtual std::optional<std::filesystem::path> local_path(std::string_view key) const = 0;

  // An address from which anybody may GET the object for so long, where the store can give one. Whether there is such
  // an object is not looked at.
  virtual std::optional<std::string> presigned_url(std::string_view /*key*/, std::chrono::seconds /*valid_for*/) const {
    return std::nullopt;
  }

  // Writes, syncs, reads back and deletes a small object; the error says what is wrong with the store.
  virtual base::Result<> probe() = 0;

  // Removes what trials and uploads that were broken off before `before` have left: never an object. Returns how many.
  virtual base::Result<std::uint64_t> remove_leftovers(base::UtcTime /*before*/) { return 0; }

  virtual std::string describe() const = 0;  // for logs: "file:/var/lib/dualcamd/objects"
};

// "file:DIR", "s3://BUCKET/PREFIX?endpoint=…" (s3_url.hpp; its keys from the environment or a file), "memory:" (tests).
// What makes no sense or cannot be used is an error in a whole sentence. An S3 store is not connected to yet: probe().
base::Result<std::unique_ptr<ObjectStore>> open_object_store(std::string_view url);
// The same store for reading, also while a server works with it: opening it makes, changes and removes nothing.
base::Result<std::unique_ptr<ObjectStore>> open_object_store_to_read(std::string_view url);

}  // namespace storage
