#include "tools/import/report.hpp"

#include <fmt/format.h>

#include "server/base/json.hpp"
#include "server/base/utf8.hpp"

namespace importing {

namespace {
// More are in --json.
constexpr std::size_t most_listed = 50;

const char* word_for(Fate fate) {
  switch (fate) {
    case Fate::imported: return "imported";
    case Fate::there: return "there";
    case Fate::refused: break;
  }
  return "refused";
}

// Names are what others gave: no control character of theirs reaches the terminal.
std::string shown(const std::string& path) {
  return base::without_controls(path);
}
}  // namespace

Report::Report(ReportStyle style, bool dry_run, std::FILE* out) : style_(style), dry_run_(dry_run), out_(out) {
  if (style_ == ReportStyle::json) fmt::print(out_, "{{\"files\":[");
  if (style_ == ReportStyle::table)
    fmt::print(out_, "{:<9} {:<15} {:<24} {:<8} {:>12}  {}\n", "WHAT", "DEVICE", "TIME", "FORMAT", "BYTES", "FILE");
}

void Report::add(const Item& item) {
  const std::scoped_lock lock(mutex_);
  switch (item.fate) {
    case Fate::imported:
      ++totals_.imported;
      totals_.imported_bytes += item.size;
      break;
    case Fate::there: ++totals_.there; break;
    case Fate::refused: ++totals_.refused; break;
  }
  switch (style_) {
    case ReportStyle::json: return add_json(item);
    case ReportStyle::table: return add_row(item);
    case ReportStyle::summary: break;
  }
  if (item.fate == Fate::refused && refusals_.size() < most_listed)
    refusals_.push_back(fmt::format("Not imported: {}: {}", shown(item.path), shown(item.reason)));
}

Totals Report::totals() const {
  const std::scoped_lock lock(mutex_);
  return totals_;
}

void Report::add_row(const Item& item) {
  const std::string file =
      item.reason.empty() ? shown(item.path) : fmt::format("{}: {}", shown(item.path), shown(item.reason));
  fmt::print(out_, "{:<9} {:<15} {:<24} {:<8} {:>12}  {}\n",
             dry_run_ && item.fate == Fate::imported ? "new" : word_for(item.fate), item.imei ? item.imei->str() : "-",
             item.time ? base::to_iso8601(*item.time) : "-", storage::to_string(item.format), item.size, file);
}

void Report::add_json(const Item& item) {
  base::JsonWriter json;
  json.begin_object();
  json.member("file", item.path);
  json.member("fate", dry_run_ && item.fate == Fate::imported ? "new" : word_for(item.fate));
  json.member("reason", base::unless_empty(item.reason));
  json.member("imei", item.imei.transform(&base::Imei::str));
  json.member("time", item.time);
  json.member("format", storage::to_string(item.format));
  json.member("size", item.size);
  json.member("id", base::unless_empty(item.id));
  json.end_object();
  fmt::print(out_, "{}\n{}", begun_ ? "," : "", std::move(json).take());
  std::fflush(out_);  // whoever reads along sees what is stored, should the next moment be the last
  begun_ = true;
}

void Report::finish(const std::string& failure) {
  const std::scoped_lock lock(mutex_);
  if (style_ == ReportStyle::json) return finish_json(failure);
  finish_text();
}

void Report::finish_text() const {
  for (const std::string& refusal : refusals_) fmt::print(out_, "{}\n", refusal);
  if (style_ == ReportStyle::summary && totals_.refused > refusals_.size())
    fmt::print(out_, "… and {} more: --json lists all of them.\n", totals_.refused - refusals_.size());
  fmt::print(out_, "{}: {} ({} bytes); there already: {}; refused: {}.\n", dry_run_ ? "To be imported" : "Imported",
             totals_.imported, totals_.imported_bytes, totals_.there, totals_.refused);
}

void Report::finish_json(const std::string& failure) const {
  base::JsonWriter json;
  json.begin_object();
  json.member("outcome", !failure.empty() ? "failed" : totals_.refused > 0 ? "incomplete" : "done");
  json.member("failure", base::unless_empty(failure));
  json.member("dry_run", dry_run_);
  json.member("imported", totals_.imported);
  json.member("imported_bytes", totals_.imported_bytes);
  json.member("there", totals_.there);
  json.member("refused", totals_.refused);
  json.end_object();
  // Its members go on with the document that the list began.
  fmt::print(out_, "\n],{}\n", std::move(json).take().substr(1));
}

}  // namespace importing
