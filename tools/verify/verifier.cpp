#include "tools/verify/verifier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/verify/hashing.hpp"
#include "tools/verify/ledger.hpp"
#include "tools/verify/local_files.hpp"
#include "tools/verify/objects.hpp"

namespace verify {

namespace {
using storage::EvidenceCatalog;
using storage::EvidenceSegment;
using storage::evidence::Break;
using storage::evidence::ChainCheck;

// Records asked of a catalog at a time: a few megabytes.
constexpr std::uint32_t catalog_page = 4'096;

class Verification {
 public:
  Verification(const Request& request, Progress& progress) : request_(request), progress_(progress) {
    report_.source = request.segments->describe();
    report_.imei = request.imei;
    report_.noted = request.noted;
  }

  Report take() && {
    if (auto done = run(); !done) report_.unreadable = done.error().message;
    report_.chain = chain_.totals();
    report_.last_segment = chain_.last_segment();
    report_.last_record = chain_.last_record();
    report_.noted_at = chain_.noted_at();
    if (local_) report_.files = std::move(*local_).take();
    return std::move(report_);
  }

 private:
  // On a store that is in use, the order makes sure that what is seen of the objects and of the catalog's segments is
  // never newer than the records read.
  base::Result<> run() {
    if (!request_.files.empty()) {
      auto read = LocalFiles::read(request_.files, progress_);
      if (!read) return std::unexpected(read.error());
      local_ = std::move(*read);
    }
    const bool objects = request_.objects != nullptr && !local_;
    std::vector<storage::ObjectInfo> listed;
    if (objects) {
      auto there = list_media(*request_.objects, request_.imei);
      if (!there) return std::unexpected(there.error());
      listed = std::move(*there);
    }
    std::optional<EvidenceSegment> last;
    if (request_.catalog != nullptr) {
      auto stored = request_.catalog->last_stored();
      if (!stored) return std::unexpected(stored.error());
      last = std::move(*stored);
    }
    if (auto read = read_segments(last); !read) return read;
    if (auto read = read_catalog(last); !read) return read;
    judge_head();
    judge_presence();
    if (!objects) return {};
    report_.checked_objects = true;
    report_.checked_content = request_.content;
    const auto sealed = request_.catalog != nullptr ? base::utc_now() : chain_.last_segment().sealed_at;
    return check_objects(
        {.objects = *request_.objects, .jobs = request_.jobs, .content = request_.content, .sealed = sealed}, ledger_,
        listed, progress_, report_);
  }

  // `last`: as the catalog knows it.
  base::Result<> read_segments(const std::optional<EvidenceSegment>& last) {
    const auto numbers =
        request_.segments->numbers([this](Finding finding) { odd_names_.push_back(std::move(finding)); });
    if (!numbers) return std::unexpected(numbers.error());
    progress_.begin("reading the chain", 0);
    for (const std::uint64_t number : *numbers) {
      chain_.begin_segment(number);
      const auto reader = request_.segments->open(number);
      if (!reader) return std::unexpected(reader.error());
      if (auto read = read_segment(**reader); !read) return read;
      if (auto ended = chain_.end_segment(); !ended) return ended;
      if (last && last->number == number) compare(*last);
    }
    if (last && last->number > chain_.last_segment().number)
      report_.findings.add(
          {.kind = Break::segment_missing,
           .message = fmt::format("Segment {} is missing, and so may be some before it: the catalog says that it was "
                                  "stored, and the last one there is is {}.",
                                  last->number, chain_.last_segment().number),
           .place = {.segment = last->number},
           .expected = last->sha256});
    for (Finding& finding : odd_names_) report_.findings.add(std::move(finding));
    return {};
  }

  base::Result<> read_segment(storage::ObjectReader& reader) {
    base::Result<> fed;
    const auto read =
        hash_all([&](std::uint64_t offset, std::span<std::uint8_t> out) { return reader.read_at(offset, out); },
                 [&](base::ByteView block) {
                   progress_.add(block.size());
                   progress_.tick();
                   fed = chain_.feed(block);
                   return fed.has_value();
                 });
    if (!fed) return fed;
    if (!read) return std::unexpected(read.error());
    return {};
  }

  void compare(const EvidenceSegment& last) {
    const auto& found = chain_.last_segment().hash;
    if (found == last.sha256) return;
    report_.findings.add({.kind = Break::segment_changed,
                          .message = fmt::format("Segment {} was changed: its SHA-256 is {}, and the catalog says {}.",
                                                 last.number, found, last.sha256),
                          .place = {.segment = last.number},
                          .expected = last.sha256,
                          .found = found});
  }

  base::Result<> read_catalog(const std::optional<EvidenceSegment>& last) {
    if (request_.catalog == nullptr) return {};
    report_.checked_catalog = true;
    // Not what segments have that are gone: that is what is to be shown.
    const std::uint64_t sealed = std::max(chain_.last_segment().number, last ? last->number : 0);
    EvidenceCatalog::Position after;
    for (;;) {
      const auto page = request_.catalog->records_beyond(sealed, after, catalog_page);
      if (!page) return std::unexpected(page.error());
      for (const auto& [imei, entry] : *page)
        if (auto added = chain_.add_unsealed(imei, entry); !added) return added;
      if (page->size() < catalog_page) return {};
      after = {.imei = page->back().imei.number(), .number = page->back().entry.number};
      progress_.tick();
    }
  }

  // A wrong place, or the IMEI of another fleet's device, must not look like a proof.
  void judge_presence() {
    if (report_.findings.total() != 0 || chain_.totals().records != 0) return;
    if (request_.imei)
      report_.findings.add(
          {.kind = Break::no_evidence,
           .message = fmt::format("There is no record of device {} in {}.", request_.imei->str(), report_.source),
           .imei = request_.imei});
    else if (request_.catalog == nullptr)
      nothing_there();
  }

  void nothing_there() {
    report_.findings.add(
        {.kind = Break::no_evidence,
         .message = fmt::format("There is no evidence in {}: nothing was ever sealed there, it was taken away, or this "
                                "is the wrong place.",
                                report_.source)});
  }

  void judge_head() {
    if (request_.noted.empty() || chain_.noted_at()) return;
    const bool device = request_.imei.has_value();
    const std::string& last = device ? chain_.last_record().hash : chain_.last_segment().hash;
    report_.findings.add(
        {.kind = Break::head_unknown,
         .message =
             fmt::format("No {} has the SHA-256 {} that was written down: the end of the chain was cut off, or "
                         "the chain was written anew.",
                         device ? fmt::format("record of device {}", request_.imei->str()) : "segment", request_.noted),
         .imei = request_.imei,
         .expected = request_.noted,
         .found = last});
  }

  void take(const storage::evidence::Entry& entry, const storage::evidence::Record& record,
            const storage::evidence::Place& place) {
    if (local_)
      local_->compare(entry, record, place);
    else if (request_.objects != nullptr)
      ledger_.add(entry, record, place);
  }

  const Request& request_;
  Progress& progress_;
  Report report_;
  Ledger ledger_;
  std::optional<LocalFiles> local_;
  std::vector<Finding> odd_names_;  // told behind the breaks of the chain
  ChainCheck chain_{request_.imei, request_.noted,
                    [this](const auto& entry, const auto& record, const auto& place) { take(entry, record, place); },
                    [this](Finding finding) { report_.findings.add(std::move(finding)); }};
};
}  // namespace

Report verify(const Request& request, Progress& progress) {
  return Verification(request, progress).take();
}

}  // namespace verify
