#include "tools/import/import.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "server/base/threads.hpp"
#include "server/base/utf8.hpp"
#include "storage/intake.hpp"
#include "tools/import/content_claims.hpp"
#include "tools/import/judging.hpp"
#include "tools/verify/hashing.hpp"

namespace importing {

namespace {

// A file that may be stored.
struct Candidate {
  storage::File file;
  Judged judged;
  base::Imei imei;
  base::UtcTime time;
};

class Importing {
 public:
  // Without `targets` nothing is stored.
  Importing(const SourceFolder& source, const Options& options, storage::Catalog* catalog, Targets* targets,
            Report& report, verify::Progress& progress)
      : source_(source), options_(options), catalog_(catalog), report_(report), progress_(progress) {
    if (targets == nullptr) return;
    spool_ = targets->spool.get();
    intake_.emplace(*targets->spool, *targets->objects, *targets->catalog);
  }

  base::Result<> run() {
    auto bytes = count_bytes();
    if (!bytes) return std::unexpected(bytes.error());
    auto walk = FolderWalk::begin(source_.path());
    if (!walk) return std::unexpected(walk.error());
    walk_.emplace(std::move(*walk));
    progress_.begin(spool_ == nullptr ? "looking through" : "importing", *bytes);
    base::ThreadGroup others;
    for (unsigned job = 1; job < options_.jobs; ++job) others.start("import", [this] { work(false); });
    work(true);
    others.join();
    return failure_ ? base::Result<>(std::unexpected(*failure_)) : base::Result<>();
  }

 private:
  base::Result<std::uint64_t> count_bytes() {
    auto walk = FolderWalk::begin(source_.path());
    if (!walk) return std::unexpected(walk.error());
    progress_.begin("counting", 0);
    std::uint64_t bytes = 0;
    while (const auto found = walk->next()) {
      bytes += found->size;
      progress_.tick();
    }
    return bytes;
  }

  std::optional<Found> next() {
    const std::scoped_lock lock(mutex_);
    return failure_ ? std::nullopt : walk_->next();
  }

  void work(bool draws) {
    while (const auto found = next()) {
      const auto item = bring(*found, draws);
      if (item) {
        report_.add(*item);
        continue;
      }
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = item.error();
    }
  }

  // What is wrong with the file is in the item; an error is of the stores.
  base::Result<Item> bring(const Found& found, bool draws) {
    Item item{.path = found.path.string(), .reason = found.trouble, .size = found.size};
    if (!found.trouble.empty()) return item;
    auto candidate = look_at(found, item, draws);
    if (!candidate) {
      item.reason = candidate.error().message;
      return item;
    }
    const ContentClaims::Claim claim(claims_, candidate->imei.str() + candidate->judged.sha256);
    if (catalog_ != nullptr) {
      const auto there = catalog_->keeping().find_content(candidate->imei, candidate->judged.sha256);
      if (!there) return std::unexpected(there.error());
      if (*there) {
        item.fate = Fate::there;
        item.id = (*there)->id.str();
        return item;
      }
    }
    if (spool_ != nullptr) return store(*candidate, std::move(item));
    item.fate = Fate::imported;
    return item;
  }

  base::Result<Candidate> look_at(const Found& found, Item& item, bool draws) {
    const auto origin = origin_of(source_.path(), found.path, options_.layout, options_.imei);
    if (!origin) return std::unexpected(origin.error());
    item.imei = origin->imei;
    auto file = source_.open_file(found.path);
    if (!file) return std::unexpected(file.error());
    const auto status = file->status();
    if (!status) return std::unexpected(status.error());
    item.time = origin->time.value_or(status->modified);
    if (*item.time > base::utc_now())
      return base::fail(base::Errc::refused,
                        fmt::format("Its time, {}, is still to come: --time-zone says where its name was made.",
                                    base::to_iso8601(*item.time)));
    auto judged = judge(*file, options_.max_bytes, [&](std::uint64_t bytes) {
      progress_.add(bytes);
      if (draws) progress_.tick();
    });
    if (!judged) return std::unexpected(judged.error());
    item.format = judged->format;
    item.size = judged->size;
    return Candidate{.file = std::move(*file), .judged = std::move(*judged), .imei = origin->imei, .time = *item.time};
  }

  // The name says where the file comes from, and can be none that a camera gives.
  std::string name_of(const Item& item) const {
    return "import:" + base::to_utf8((source_.path() / item.path).string());
  }

  base::Result<Item> store(const Candidate& candidate, Item item) {
    auto copied = copy(candidate);
    if (!copied) return std::unexpected(copied.error());
    if (!*copied) {
      item.reason = "It was written to while it was read: import it again when it is done.";
      return item;
    }
    storage::Media media{.imei = candidate.imei};
    media.camera = options_.camera;
    media.received_at = candidate.time;
    media.name = name_of(item);
    media.declared_size = static_cast<std::uint32_t>(candidate.judged.size);
    media.declared_in_packets = false;
    auto published =
        intake_->publish(std::move(**copied), {.media = std::move(media), .expected_bytes = candidate.judged.size});
    if (!published) return std::unexpected(published.error());
    if (auto* const broken = std::get_if<storage::NotWhole>(&*published)) {
      broken->fresh.discard();
      item.reason = fmt::format("It is not whole. {}", broken->defect);
      return item;
    }
    const auto& stored = std::get<storage::Published>(*published);
    item.fate = stored.duplicate ? Fate::there : Fate::imported;
    item.id = stored.media.id.str();
    return item;
  }

  // Into the spool, as a file that comes from a camera. Nothing where the bytes are no longer those that were judged.
  // Without a time of capture the partial is nobody's after a crash, and goes at the next start.
  base::Result<std::optional<storage::Partial>> copy(const Candidate& candidate) {
    auto partial = spool_->acquire({.imei = candidate.imei,
                                    .name = "import",
                                    .declared_size = static_cast<std::uint32_t>(candidate.judged.size),
                                    .unit = storage::SizeUnit::bytes});
    if (!partial) return std::unexpected(partial.error());
    base::Result<> appended;
    const auto copied = verify::hash_all(
        [&](std::uint64_t offset, auto out) { return candidate.file.read_at(offset, out); },
        [&](base::ByteView bytes) {
          if (partial->size() + bytes.size() > candidate.judged.size) return false;
          for (; appended && !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), storage::block_size)))
            appended = partial->append(bytes.first(std::min(bytes.size(), storage::block_size)));
          return appended.has_value();
        });
    if (appended && copied && copied->sha256 == candidate.judged.sha256) return std::optional(std::move(*partial));
    partial->discard();
    if (!appended) return std::unexpected(appended.error());
    return std::nullopt;
  }

  const SourceFolder& source_;
  const Options& options_;
  storage::Catalog* const catalog_;
  Report& report_;
  verify::Progress& progress_;
  storage::Spool* spool_ = nullptr;
  std::optional<storage::Intake> intake_;
  ContentClaims claims_;
  std::mutex mutex_;  // of the walk and the failure
  std::optional<FolderWalk> walk_;
  std::optional<base::Error> failure_;
};
}  // namespace

base::Result<> import_all(const SourceFolder& source, const Options& options, Targets& targets, Report& report,
                          verify::Progress& progress) {
  return Importing(source, options, targets.catalog.get(), &targets, report, progress).run();
}

base::Result<> look_through(const SourceFolder& source, const Options& options, storage::Catalog* catalog,
                            Report& report, verify::Progress& progress) {
  return Importing(source, options, catalog, nullptr, report, progress).run();
}

}  // namespace importing
