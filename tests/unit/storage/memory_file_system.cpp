#include "tests/unit/storage/memory_file_system.hpp"

#include <algorithm>
#include <cerrno>

using storage::File;
using storage::FileStatus;
using storage::OpenMode;

namespace {
base::Error error_of(int os_error, const char* verb, const std::filesystem::path& where) {
  auto failure = base::fail_errno(os_error, "Cannot " + std::string(verb) + " " + where.native());
  if (os_error == EEXIST) failure.error().code = base::Errc::conflict;
  return failure.error();
}
}  // namespace

void MemoryFileSystem::count_operations() {
  const std::scoped_lock lock(mutex_);
  operations_ = 0;
  fail_from_ = fail_until_ = power_off_at_ = UINT64_MAX;
}

void MemoryFileSystem::fail_operation(std::uint64_t number, int os_error) {
  count_operations();
  fail_from_ = number;
  fail_until_ = number + 1;
  fail_with_ = os_error;
}

void MemoryFileSystem::fail_from(std::uint64_t number, int os_error) {
  count_operations();
  fail_from_ = number;
  fail_with_ = os_error;
}

void MemoryFileSystem::power_off_at(std::uint64_t number) {
  count_operations();
  power_off_at_ = number;
}

std::uint64_t MemoryFileSystem::operations() const {
  const std::scoped_lock lock(mutex_);
  return operations_;
}

bool MemoryFileSystem::is_off() const {
  const std::scoped_lock lock(mutex_);
  return operations_ > power_off_at_;
}

void MemoryFileSystem::restart_program() {
  count_operations();
  const std::scoped_lock lock(mutex_);
  open_.clear();
}

void MemoryFileSystem::power_on(Unsynced unsynced) {
  const std::scoped_lock lock(mutex_);
  operations_ = 0;
  fail_from_ = fail_until_ = power_off_at_ = UINT64_MAX;
  open_.clear();
  Names names = unsynced == Unsynced::only_names_kept ? seen_ : on_disk_;
  // A name is only reached through directories that are there; parents sort before what is in them.
  seen_.clear();
  for (const auto& [name, inode] : names) {
    const path parent = name.parent_path();
    if (parent != parent.root_path() && !seen_.contains(parent)) continue;
    seen_.emplace(name, inode);
    if (unsynced != Unsynced::only_data_kept) inode->seen = inode->on_disk;
    inode->on_disk = inode->seen;
    inode->lies = false;
  }
  on_disk_ = seen_;
}

base::Bytes MemoryFileSystem::content(const path& where) const {
  const std::scoped_lock lock(mutex_);
  return seen_.at(where)->seen;
}

void MemoryFileSystem::set_content(const path& where, base::Bytes bytes) {
  const std::scoped_lock lock(mutex_);
  auto& inode = seen_[where];
  if (!inode) inode = std::make_shared<Inode>();
  inode->seen = std::move(bytes);
}

std::size_t MemoryFileSystem::open_files() const {
  const std::scoped_lock lock(mutex_);
  return open_.size();
}

std::optional<base::Error> MemoryFileSystem::step(const char* verb, const path& where) {
  const std::uint64_t number = operations_++;
  if (number >= power_off_at_) return error_of(EIO, verb, where);
  if (number >= fail_from_ && number < fail_until_) return error_of(fail_with_, verb, where);
  return std::nullopt;
}

base::Result<std::shared_ptr<MemoryFileSystem::Inode>> MemoryFileSystem::find(const char* verb, const path& where) {
  const auto found = seen_.find(where);
  if (found == seen_.end()) return std::unexpected(error_of(ENOENT, verb, where));
  return found->second;
}

base::Result<std::shared_ptr<MemoryFileSystem::Inode>> MemoryFileSystem::find(const char* verb, const File& file) {
  const auto found = open_.find(file.descriptor());
  if (found == open_.end()) return std::unexpected(error_of(EBADF, verb, file.path()));
  return found->second;
}

FileStatus MemoryFileSystem::status_of(const std::shared_ptr<Inode>& inode) const {
  const auto links = std::ranges::count_if(seen_, [&](const auto& name) { return name.second == inode; });
  return {.size = inode->seen.size(),
          .links = static_cast<std::uint64_t>(links),
          .modified = inode->modified,
          .is_directory = inode->is_directory};
}

base::Result<File> MemoryFileSystem::open(const path& where, OpenMode mode) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("open", where)) return std::unexpected(*error);
  if (mode == OpenMode::create_new) {
    const path parent = where.parent_path();
    if (parent != parent.root_path() && !seen_.contains(parent))
      return std::unexpected(error_of(ENOENT, "create", where));
    const auto [entry, made] = seen_.emplace(where, std::make_shared<Inode>());
    if (!made) return std::unexpected(error_of(EEXIST, "create", where));
    entry->second->modified = now_;
  }
  auto inode = find("open", where);
  if (!inode) return std::unexpected(inode.error());
  open_.emplace(next_descriptor_, *inode);
  return File(*this, next_descriptor_++, where);
}

base::Result<> MemoryFileSystem::rename(const path& from, const path& to) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("rename", from)) return std::unexpected(*error);
  auto inode = find("rename", from);
  if (!inode) return std::unexpected(inode.error());
  seen_.erase(from);
  seen_[to] = *inode;
  return {};
}

base::Result<> MemoryFileSystem::link(const path& existing, const path& name) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("link", existing)) return std::unexpected(*error);
  auto inode = find("link", existing);
  if (!inode) return std::unexpected(inode.error());
  if (!seen_.emplace(name, *inode).second) return std::unexpected(error_of(EEXIST, "link", name));
  return {};
}

base::Result<> MemoryFileSystem::remove(const path& where) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("remove", where)) return std::unexpected(*error);
  if (seen_.erase(where) == 0) return std::unexpected(error_of(ENOENT, "remove", where));
  return {};
}

base::Result<> MemoryFileSystem::make_directory(const path& where) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("make", where)) return std::unexpected(*error);
  if (seen_.contains(where)) return std::unexpected(error_of(EEXIST, "make", where));
  seen_.emplace(where, std::make_shared<Inode>(Inode{.is_directory = true}));
  return {};
}

base::Result<> MemoryFileSystem::sync_directory(const path& where) {
  const std::scoped_lock lock(mutex_);
  auto error = step("sync", where);
  if (!error && std::exchange(fail_next_sync_, false)) error = error_of(EIO, "sync", where);
  if (error) {
    error->code = base::Errc::corrupt;
    return std::unexpected(*error);
  }
  std::erase_if(on_disk_, [&](const auto& name) { return name.first.parent_path() == where; });
  for (const auto& [name, inode] : seen_)
    if (name.parent_path() == where) on_disk_[name] = inode;
  return {};
}

base::Result<FileStatus> MemoryFileSystem::status(const path& where) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("look at", where)) return std::unexpected(*error);
  if (where == where.root_path()) return FileStatus{.is_directory = true};
  const auto inode = find("look at", where);
  if (!inode) return std::unexpected(inode.error());
  return status_of(*inode);
}

base::Result<std::vector<std::string>> MemoryFileSystem::list(const path& directory) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("list", directory)) return std::unexpected(*error);
  std::vector<std::string> names;
  for (const auto& [name, inode] : seen_)
    if (name.parent_path() == directory) names.push_back(name.filename().native());
  return names;
}

base::Result<> MemoryFileSystem::write_at(const File& file, std::uint64_t offset, base::ByteView bytes) {
  const std::scoped_lock lock(mutex_);
  const bool torn = operations_ == power_off_at_ || operations_ == fail_from_;
  auto error = step("write", file.path());
  const auto inode = find("write", file);
  if (!inode) return std::unexpected(inode.error());
  if (error && !torn) return std::unexpected(*error);
  if (torn) bytes = bytes.first(bytes.size() / 2);
  auto& content = (*inode)->seen;
  content.resize(std::max(content.size(), offset + bytes.size()));
  std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(offset));
  (*inode)->modified = now_;
  if (error) return std::unexpected(*error);
  return {};
}

base::Result<std::size_t> MemoryFileSystem::read_at(const File& file, std::uint64_t offset,
                                                    std::span<std::uint8_t> out) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("read", file.path())) return std::unexpected(*error);
  const auto inode = find("read", file);
  if (!inode) return std::unexpected(inode.error());
  const auto& content = (*inode)->seen;
  if (offset >= content.size()) return 0;
  const auto part = std::min(out.size(), content.size() - offset);
  std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), part, out.begin());
  return part;
}

base::Result<> MemoryFileSystem::sync(const File& file) {
  const std::scoped_lock lock(mutex_);
  auto error = step("sync", file.path());
  if (!error && std::exchange(fail_next_sync_, false)) error = error_of(EIO, "sync", file.path());
  const auto inode = find("sync", file);
  if (!inode) return std::unexpected(inode.error());
  if (error) {
    if (operations_ <= power_off_at_) (*inode)->lies = true;  // else nobody lived to ask for the sync
    error->code = base::Errc::corrupt;
    return std::unexpected(*error);
  }
  if (!(*inode)->lies) (*inode)->on_disk = (*inode)->seen;
  return {};
}

base::Result<FileStatus> MemoryFileSystem::status(const File& file) {
  const std::scoped_lock lock(mutex_);
  if (auto error = step("look at", file.path())) return std::unexpected(*error);
  const auto inode = find("look at", file);
  if (!inode) return std::unexpected(inode.error());
  return status_of(*inode);
}

void MemoryFileSystem::close(int descriptor) noexcept {
  const std::scoped_lock lock(mutex_);
  open_.erase(descriptor);
}
