#include <fmt/format.h>

#include <iterator>

#include "server/base/bytes.hpp"
#include "tools/verify/report.hpp"

namespace verify {

namespace {
constexpr std::size_t listed_breaks = 10;

class Text {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }
  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

// "1 file", "3 files".
std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string safe(std::string_view text) {
  return base::printable(base::as_bytes(text));
}

void say_breaks(Text& text, const Findings& findings) {
  const auto& kept = findings.kept();
  text.line("BROKEN: {}", kept.front().message);
  if (findings.total() == 1) return;
  text.line("  The first of {}; some may follow from others:", counted(findings.total(), "break"));
  for (const auto& [kind, count] : findings.counts()) text.line("  {:>9} {}", count, to_string(kind));
  for (std::size_t i = 1; i < std::min(kept.size(), listed_breaks); ++i) text.line("  {}. {}", i + 1, kept[i].message);
  if (findings.total() > listed_breaks) text.line("  … --json lists more of them.");
}

void say_file(Text& text, const LocalFile& file, bool chain_holds) {
  if (file.matches.empty()) {
    text.line("UNKNOWN  {}: no record has its {} bytes with the SHA-256 {}.", safe(file.path), file.size, file.sha256);
    return;
  }
  for (const Match& match : file.matches) {
    const auto& stored = match.stored;
    text.line("{}  {}", chain_holds ? "PROVEN " : "RECORDED (but the chain is broken)", safe(file.path));
    text.line("  device    {}, camera {}, {} \"{}\"", stored.imei.str(), base::to_string(stored.camera),
              base::to_string(stored.kind), safe(stored.name));
    text.line("  captured  {} by the camera's clock",
              stored.captured_at ? base::to_iso8601(*stored.captured_at) : "at a time that is not known");
    text.line("  received  {}, {} with a good CRC, {} asked for again", base::to_iso8601(stored.received_at),
              counted(stored.packets, "packet"), stored.bad_crcs);
    text.line("  content   {} bytes, SHA-256 {}", file.size, file.sha256);
    text.line("  record    {} of the device, {}, hash {}", match.number, describe(match.place), match.hash);
    if (match.deleted_at) text.line("  deleted   from the store on {}", base::to_iso8601(*match.deleted_at));
  }
}

void say_chain(Text& text, const Report& report) {
  const auto& chain = report.chain;
  text.line("  chain     {} of {} in {}{}", counted(chain.records, "record"), counted(chain.devices, "device"),
            counted(chain.segments, "segment"),
            chain.unsealed == 0 ? "" : fmt::format(", {} of them from the catalog, not sealed yet", chain.unsealed));
}

void say_objects(Text& text, const Report& report) {
  const auto& objects = report.objects;
  if (report.checked_content)
    text.line("  objects   {} of {} read and compared, {} bytes; {} deleted on purpose", objects.read,
              counted(objects.files, "file"), objects.bytes, objects.deleted);
  else if (report.checked_objects)
    text.line("  objects   names and sizes of {} compared, their content not read; {} deleted on purpose",
              counted(objects.files, "file"), objects.deleted);
  if (objects.unsealed > 0)
    text.line("  newer     {} younger than the last seal: proven after the next one, or now with --catalog",
              counted(objects.unsealed, "object"));
}

void say_head(Text& text, const Report& report) {
  if (report.noted_at)
    text.line("  head      {} {} has the hash that was written down", report.imei ? "record" : "segment",
              *report.noted_at);
  const bool device = report.imei && report.last_record.number != 0;
  const auto& head = device ? report.last_record : report.last_segment;
  if (head.number == 0) return;
  text.line("");
  text.line("Head: {} {}{} has the hash", device ? "record" : "segment", head.number,
            device ? " of the device" : fmt::format(" (sealed {})", base::to_iso8601(head.sealed_at)));
  text.line("  {}", head.hash);
  text.line(
      "Write it down where nobody who runs this store can change it: a later \"dualcam verify --head\" with it then");
  text.line("shows, too, whether the chain was cut off at its end or written anew up to here.");
}
}  // namespace

std::string as_text(const Report& report) {
  Text text;
  const bool holds = report.findings.total() == 0 && report.unreadable.empty();
  if (report.findings.total() != 0) say_breaks(text, report.findings);
  if (!report.unreadable.empty()) text.line("NOT READ TO THE END: {}", report.unreadable);
  for (const LocalFile& file : report.files) say_file(text, file, holds);
  if (holds && report.files.empty())
    text.line("PROVEN: {}{}.",
              report.checked_content   ? "every file is what was stored, and nothing is missing"
              : report.checked_objects ? "the chain is unbroken, and every file is there with its size"
                                       : "the chain is unbroken",
              report.imei ? fmt::format(", for device {}", report.imei->str()) : "");
  text.line("  source    {}", report.source);
  say_chain(text, report);
  say_objects(text, report);
  say_head(text, report);
  return std::move(text).take();
}

}  // namespace verify
