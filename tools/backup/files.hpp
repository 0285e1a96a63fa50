// The few things a backup does with files: copied with their hash, made durable, put under their name when whole.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "storage/objects/object_store.hpp"
#include "tools/backup/manifest.hpp"

namespace backup {

// Told of bytes as they go; perhaps empty.
using Passed = std::function<void(std::uint64_t bytes)>;

// Size and hash of a file of this machine.
base::Result<Entry> measure(const std::filesystem::path& path, const Passed& passed = {});
// The same of an object, which is read to its end; into the new file `copy`, which is synced, unless that is empty.
base::Result<Entry> measure(storage::ObjectReader& object, const std::filesystem::path& copy, const Passed& passed);
// A second file with the same bytes, synced. `corrupt` where they are not what `expected` says; then there is none.
base::Result<> copy_checked(const std::filesystem::path& from, const std::filesystem::path& to, const Entry& expected,
                            const Passed& passed);
// What `from` holds is seen as `to` from now on, also behind a power failure.
base::Result<> put_in_place(const std::filesystem::path& from, const std::filesystem::path& to);
base::Result<> write_file(const std::filesystem::path& path, std::string_view text);  // the same with a text
base::Result<> sync_file(const std::filesystem::path& path);

}  // namespace backup
