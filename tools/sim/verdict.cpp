#include "tools/sim/verdict.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "tools/sim/media_list.hpp"

namespace sim {

namespace {
std::string sha256(base::ByteView bytes) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return base::to_hex(digest);
}

// A file a camera delivered, or still has.
struct Sent {
  FileSpec spec;
  base::Bytes bytes;
  std::string sha256;
  bool found = false;
};

std::vector<Sent> make_sent(const FileMaker& maker, const std::vector<FileSpec>& specs) {
  std::vector<Sent> files;
  for (const FileSpec& spec : specs) {
    base::Bytes bytes = maker.open(spec)->all();
    std::string digest = sha256(bytes);
    files.push_back({.spec = spec, .bytes = std::move(bytes), .sha256 = std::move(digest)});
  }
  return files;
}

std::size_t first_difference(base::ByteView a, base::ByteView b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// The judgement of one camera. Items are taken one by one; what is left unmatched at the end is missing.
class CameraJudge {
 public:
  CameraJudge(const FileMaker& maker, const CameraReport& report)
      : imei_(report.imei),
        delivered_(make_sent(maker, report.acknowledged)),
        left_(make_sent(maker, report.left)),
        abandoned_(make_sent(maker, report.abandoned)) {}

  // `bytes`: the item's content when it was fetched.
  void take(const MediaItem& item, const base::Bytes* bytes) {
    const std::string digest = bytes == nullptr ? item.sha256 : sha256(*bytes);
    if (digest != item.sha256)
      return add(Problem::Kind::unreadable, item, "has a SHA-256 in the listing that is not that of its bytes");
    if (match(delivered_, digest, item.size)) {
      ++verdict_.identical;
      verdict_.bytes += item.size;
    } else if (match(left_, digest, item.size)) {
      ++verdict_.early;
    } else if (known(delivered_, digest) || known(left_, digest)) {
      add(Problem::Kind::duplicated, item, "is a second copy of a file");
    } else {
      strangers_.emplace_back(item, bytes == nullptr ? base::Bytes{} : *bytes);
    }
  }
  // An item from before this run counts only for a file that nothing else matches.
  void take_known(const MediaItem& item) {
    if (match(delivered_, item.sha256, item.size)) ++verdict_.identical;
  }
  void unreadable(const MediaItem& item, const std::string& why) {
    for (Sent& file : delivered_)
      if (file.sha256 == item.sha256) file.found = true;  // reported once, as unreadable
    add(Problem::Kind::unreadable, item, "cannot be fetched: " + why);
  }

  Verdict finish() {
    for (const auto& [item, bytes] : strangers_) explain(item, bytes);
    for (const Sent& file : delivered_)
      if (!file.found)
        add(Problem::Kind::missing, {},
            fmt::format("File {} of {} bytes was acknowledged and is not there", file.spec.number, file.bytes.size()));
    return std::move(verdict_);
  }

 private:
  static bool match(std::vector<Sent>& files, std::string_view digest, std::uint64_t size) {
    const auto file = std::ranges::find_if(files, [&](const Sent& candidate) {
      return !candidate.found && candidate.sha256 == digest && candidate.bytes.size() == size;
    });
    if (file == files.end()) return false;
    return file->found = true;
  }
  static bool known(const std::vector<Sent>& files, std::string_view digest) {
    return std::ranges::find(files, digest, &Sent::sha256) != files.end();
  }

  void explain(const MediaItem& item, const base::Bytes& bytes) {
    for (const std::vector<Sent>* files : {&delivered_, &left_, &abandoned_})
      for (const Sent& file : *files)
        if (!bytes.empty() && bytes.size() < file.bytes.size() && first_difference(bytes, file.bytes) == bytes.size())
          return add(Problem::Kind::partial, item,
                     fmt::format("holds only the first {} of {} bytes of file {}", bytes.size(), file.bytes.size(),
                                 file.spec.number));
    for (Sent& file : delivered_)
      if (!file.found && file.bytes.size() == item.size) {
        file.found = true;
        return add(Problem::Kind::different, item,
                   bytes.empty() ? fmt::format("has another SHA-256 than file {}", file.spec.number)
                                 : fmt::format("differs from file {} at byte {}", file.spec.number,
                                               first_difference(bytes, file.bytes)));
      }
    add(Problem::Kind::unexpected, item, fmt::format("has {} bytes that equal no file of this camera", item.size));
  }

  void add(Problem::Kind kind, const MediaItem& item, const std::string& what) {
    const std::string text = item.id.empty() ? fmt::format("IMEI {}: {}.", imei_, what)
                                             : fmt::format("IMEI {}: media {} {}.", imei_, item.id, what);
    verdict_.problems.push_back({.kind = kind, .imei = imei_, .media_id = item.id, .text = text});
  }

  std::uint64_t imei_;
  std::vector<Sent> delivered_, left_, abandoned_;
  std::vector<std::pair<MediaItem, base::Bytes>> strangers_;
  Verdict verdict_;
};

base::Result<Verdict> judge_camera(http::Client& client, const VerdictOptions& options, const KnownMedia& known,
                                   const FileMaker& maker, const CameraReport& report) {
  auto items = list_media(client, report.imei);
  if (!items) return std::unexpected(items.error());
  CameraJudge judge(maker, report);
  for (const MediaItem& item : *items) {
    if (known.contains(item.id)) continue;
    if (!options.content) {
      judge.take(item, nullptr);
      continue;
    }
    const base::Result<base::Bytes> bytes = client.get("/api/v1/media/" + item.id + "/content");
    if (bytes)
      judge.take(item, &*bytes);
    else
      judge.unreadable(item, bytes.error().message);
  }
  for (const MediaItem& item : *items)
    if (known.contains(item.id)) judge.take_known(item);
  return judge.finish();
}

// Calls work(client, n) for n = 0 … count-1 on several threads; the first error ends it.
base::Result<> for_each(const VerdictOptions& options, std::size_t count,
                        const std::function<base::Result<>(http::Client&, std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<base::Error> failed;
  const auto run = [&] {
    http::Client client(options.api, options.token);
    for (std::size_t n = next++; n < count; n = next++) {
      const base::Result<> done = work(client, n);
      if (done) continue;
      const std::lock_guard lock(mutex);
      if (!failed) failed = done.error();
      next = count;
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t n = 0; n < std::min<std::size_t>(options.threads, count); ++n) threads.emplace_back(run);
  threads.clear();
  if (failed) return std::unexpected(*failed);
  return {};
}
}  // namespace

std::string_view to_string(Problem::Kind kind) noexcept {
  switch (kind) {
    case Problem::Kind::missing: return "missing";
    case Problem::Kind::different: return "different";
    case Problem::Kind::duplicated: return "duplicated";
    case Problem::Kind::partial: return "partial";
    case Problem::Kind::unexpected: return "unexpected";
    case Problem::Kind::unreadable: return "unreadable";
  }
  return "unknown";
}

base::Result<KnownMedia> list_known(const VerdictOptions& options, const std::vector<std::uint64_t>& imeis) {
  KnownMedia known;
  std::mutex mutex;
  const auto done = for_each(options, imeis.size(), [&](http::Client& client, std::size_t n) -> base::Result<> {
    auto items = list_media(client, imeis[n]);
    if (!items) return std::unexpected(items.error());
    const std::lock_guard lock(mutex);
    for (MediaItem& item : *items) known.insert(std::move(item.id));
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return known;
}

base::Result<Verdict> judge(const VerdictOptions& options, const KnownMedia& known, const FileMaker& maker,
                            const std::vector<CameraReport>& reports) {
  Verdict total;
  std::mutex mutex;
  const auto done = for_each(options, reports.size(), [&](http::Client& client, std::size_t n) -> base::Result<> {
    auto verdict = judge_camera(client, options, known, maker, reports[n]);
    if (!verdict) return std::unexpected(verdict.error());
    const std::lock_guard lock(mutex);
    total.identical += verdict->identical;
    total.early += verdict->early;
    total.bytes += verdict->bytes;
    std::ranges::move(verdict->problems, std::back_inserter(total.problems));
    return {};
  });
  if (!done) return std::unexpected(done.error());
  std::ranges::sort(total.problems, {}, &Problem::imei);
  return total;
}

}  // namespace sim
