#include "server/recorder/shelf.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <ranges>

#include "server/base/log.hpp"
#include "server/pcapng/block.hpp"

namespace recorder {

namespace {
constexpr std::string_view finished_ending = ".pcapng";
constexpr std::string_view open_ending = ".part";
constexpr std::size_t uuid_size = 36;
// The section of a file of ours is shorter: an address, a name of a node, a few words.
constexpr std::size_t head_size = 16 * 1024;

struct Descriptor {
  int number;
  explicit Descriptor(int given) : number(given) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

base::Bytes read_at(int descriptor, std::uint64_t offset, std::size_t size) {
  base::Bytes bytes(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::pread(descriptor, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

// Calls `each(name, value)` for the lines of the comments.
template <class Each>
void read_lines(const pcapng::Comments& comments, Each&& each) {
  for (std::string_view comment : comments) {
    while (!comment.empty()) {
      const auto end = std::min(comment.find('\n'), comment.size());
      const std::string_view line = comment.substr(0, end);
      comment.remove_prefix(std::min(end + 1, comment.size()));
      if (const auto colon = line.find(": "); colon != std::string_view::npos)
        each(line.substr(0, colon), line.substr(colon + 2));
    }
  }
}

void read_head_line(Entry& entry, std::string_view name, std::string_view value) {
  if (name == "kind") entry.kind = parse_kind(value).value_or(entry.kind);
  if (name == "session") entry.session = value;
  if (name == "node") entry.node = value;
  if (name == "peer") entry.peer = value;
  if (name == "masked") entry.masked = value == "yes";
}

void read_tail_line(Entry& entry, std::string_view name, std::string_view value) {
  if (name == "outcome")
    for (const Outcome each : {Outcome::ok, Outcome::failed, Outcome::unknown})
      if (value == to_string(each)) entry.outcome = each;
  if (name == "imei") entry.imei = value;
  if (name == "reason") entry.reason = value;
  if (name == "left out") std::from_chars(value.data(), value.data() + value.size(), entry.left_out);
}

base::UtcTime utc_of(pcapng::Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time);
}

// One line of what may come from outside.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}
}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::recording: return "recording";
    case Outcome::ok: return "ok";
    case Outcome::failed: return "failed";
    case Outcome::unknown: return "unknown";
  }
  return "unknown";
}

std::string head_comment(const Entry& entry) {
  std::string text = fmt::format("kind: {}\nsession: {}\nnode: {}", to_string(entry.kind), one_line(entry.session),
                                 one_line(entry.node));
  if (!entry.peer.empty()) text += fmt::format("\npeer: {}", entry.peer);
  if (entry.masked) text += "\nmasked: yes";
  return text;
}

std::string tail_comment(const Entry& entry) {
  std::string text = fmt::format("outcome: {}", to_string(entry.outcome));
  if (!entry.imei.empty()) text += fmt::format("\nimei: {}", entry.imei);
  if (entry.left_out != 0) text += fmt::format("\nleft out: {}", entry.left_out);
  if (!entry.reason.empty()) text += fmt::format("\nreason: {}", one_line(entry.reason));
  return text;
}

std::string Shelf::path_of(const base::Uuid& id, bool finished) const {
  return fmt::format("{}/{}{}", options_.folder, id.str(), finished ? finished_ending : open_ending);
}

base::Result<> Shelf::recover() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(options_.folder.c_str()), ::closedir);
  if (!folder) {
    if (errno == ENOENT) return {};
    return base::fail_errno(errno, fmt::format("Cannot read the folder of recordings {}", options_.folder));
  }
  while (const dirent* const each = ::readdir(folder.get())) recover_file(each->d_name);
  return {};
}

void Shelf::recover_file(const std::string& name) {
  const auto id = base::Uuid::parse(std::string_view(name).substr(0, std::min(name.size(), uuid_size)));
  if (!id) return;
  const std::string_view ending = std::string_view(name).substr(uuid_size);
  const bool open = ending == open_ending;
  if (!open && ending != finished_ending) return;
  const std::string path = path_of(*id, !open);
  if (open) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat facts{};
    if (file.number < 0 || ::fstat(file.number, &facts) != 0) return;
    const auto bytes = read_at(file.number, 0, static_cast<std::size_t>(facts.st_size));
    const std::size_t whole = pcapng::whole_blocks(bytes);
    if (!pcapng::read_section(bytes)) {
      ::unlink(path.c_str());  // not even its beginning was written
      return;
    }
    base::Bytes end;
    Entry entry{.outcome = Outcome::unknown, .reason = "the server ended without a word"};
    const auto last_change = std::chrono::seconds{facts.st_mtim.tv_sec};
    pcapng::append_statistics(end, pcapng::Time{last_change}, 0, 0, {tail_comment(entry)});
    if (::pwrite(file.number, end.data(), end.size(), static_cast<off_t>(whole)) != static_cast<ssize_t>(end.size()) ||
        ::ftruncate(file.number, static_cast<off_t>(whole + end.size())) != 0 ||
        ::rename(path.c_str(), path_of(*id, true).c_str()) != 0) {
      base::log::warning("a recording that was cut off cannot be ended", {{"file", path}});
      return;
    }
  }
  auto entry = read_entry(path_of(*id, true));
  if (!entry) return base::log::warning("a file among the recordings is none", {{"file", path}});
  entry->id = *id;
  entry->started = id->made_at();
  const std::lock_guard lock(mutex_);
  bytes_ += entry->size;
  entries_.insert_or_assign(*id, std::move(*entry));
}

std::optional<Entry> Shelf::read_entry(const std::string& path) const {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (file.number < 0 || ::fstat(file.number, &facts) != 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  const auto section = pcapng::read_section(read_at(file.number, 0, head_size));
  if (!section) return std::nullopt;
  Entry entry{.size = size, .outcome = Outcome::unknown};
  read_lines(section->comments,
             [&](std::string_view name, std::string_view value) { read_head_line(entry, name, value); });
  const auto tail = std::min<std::uint64_t>(size, pcapng::longest_statistics);
  const auto end = pcapng::read_statistics(read_at(file.number, size - tail, static_cast<std::size_t>(tail)));
  if (!end) return entry;
  entry.ended = utc_of(end->time);
  read_lines(end->comments, [&](std::string_view name, std::string_view value) { read_tail_line(entry, name, value); });
  return entry;
}

base::Result<> Shelf::append(const base::Uuid& id, base::ByteView bytes) {
  const std::string path = path_of(id, false);
  int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (descriptor < 0 && errno == ENOENT && (::mkdir(options_.folder.c_str(), 0750) == 0 || errno == EEXIST))
    descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  const Descriptor file(descriptor);
  if (file.number < 0) return base::fail_errno(errno, fmt::format("Cannot write the recording {}", path));
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail_errno(errno, fmt::format("Cannot write the recording {}", path));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

void Shelf::update(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  auto& known = entries_[entry.id];
  bytes_ += entry.size - known.size;
  going_on_ += entry.size - known.size;
  known = entry;
}

base::Result<> Shelf::finish(const Entry& entry) {
  const std::string path = path_of(entry.id, false);
  if (::rename(path.c_str(), path_of(entry.id, true).c_str()) != 0) {
    const int error = errno;
    forget(entry.id);
    return base::fail_errno(error, fmt::format("Cannot end the recording {}", path));
  }
  update(entry);
  const std::lock_guard lock(mutex_);
  going_on_ -= entry.size;
  return {};
}

void Shelf::forget(const base::Uuid& id) {
  ::unlink(path_of(id, false).c_str());
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  going_on_ -= found->second.size;
  bytes_ -= found->second.size;
  entries_.erase(found);
}

// Under the lock; of one that is finished.
void Shelf::take_off(std::map<base::Uuid, Entry>::iterator at) {
  if (::unlink(path_of(at->first, true).c_str()) != 0 && errno != ENOENT)
    base::log::warning("cannot remove a recording", {{"file", path_of(at->first, true)}});
  bytes_ -= at->second.size;
  entries_.erase(at);
}

std::size_t Shelf::tidy(base::UtcTime now) {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto each = at++;
    const Entry& entry = each->second;
    if (entry.outcome == Outcome::recording) continue;
    const bool too_old = entry.ended.value_or(entry.started) < now - options_.keep;
    if (!too_old && bytes_ <= options_.total_bytes && entries_.size() <= most_files) continue;
    take_off(each);
    ++count;
  }
  return count;
}

std::uint64_t Shelf::room() const {
  const std::lock_guard lock(mutex_);
  return options_.total_bytes - std::min(options_.total_bytes, going_on_);
}

std::uint64_t Shelf::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::vector<Entry> Shelf::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : std::views::reverse(entries_)) all.push_back(entry);
  return all;
}

std::optional<Entry> Shelf::find(const base::Uuid& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

base::Result<Shelf::File> Shelf::open(const base::Uuid& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return base::fail(base::Errc::not_found, "There is no recording with this id.");
  const std::string path = path_of(id, found->second.outcome != Outcome::recording);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return base::fail_errno(errno, fmt::format("Cannot read the recording {}", path));
  return File{descriptor, found->second};
}

base::Result<> Shelf::remove(const base::Uuid& id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return base::fail(base::Errc::not_found, "There is no recording with this id.");
  if (found->second.outcome == Outcome::recording)
    return base::fail(base::Errc::conflict, "This recording goes on; it can be removed at its end.");
  take_off(found);
  return {};
}

}  // namespace recorder
