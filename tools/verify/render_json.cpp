#include "server/base/json.hpp"
#include "tools/verify/report.hpp"

namespace verify {

namespace {
using base::unless_empty;

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::proven: return "proven";
    case Outcome::broken: return "broken";
    case Outcome::unusable: return "unusable";
    case Outcome::unreadable: return "unreadable";
  }
  return "";
}

std::optional<std::string> text_of(const std::optional<base::Imei>& imei) {
  return imei.transform(&base::Imei::str);
}

std::optional<std::uint64_t> unless_zero(std::uint64_t number) {
  return number == 0 ? std::nullopt : std::optional(number);
}

void write(base::JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.member("kind", to_string(finding.kind));
  json.member("message", finding.message);
  json.member("segment", unless_zero(finding.place.segment));
  json.member("line", unless_zero(finding.place.line));
  json.member("imei", text_of(finding.imei));
  json.member("number", unless_zero(finding.number));
  json.member("object", unless_empty(finding.object));
  json.member("expected", unless_empty(finding.expected));
  json.member("found", unless_empty(finding.found));
  json.end_object();
}

void write(base::JsonWriter& json, const Match& match) {
  json.begin_object();
  json.member("imei", match.stored.imei.str());
  json.member("id", match.stored.id.str());
  json.member("camera", base::to_string(match.stored.camera));
  json.member("kind", base::to_string(match.stored.kind));
  json.member("name", match.stored.name);
  json.member("captured_at", match.stored.captured_at);
  json.member("received_at", match.stored.received_at);
  json.member("packets", match.stored.packets);
  json.member("bad_crcs", match.stored.bad_crcs);
  json.member("object", match.stored.object_key);
  json.member("deleted_at", match.deleted_at);
  json.member("number", match.number);
  json.member("hash", match.hash);
  json.member("segment", unless_zero(match.place.segment));
  json.member("line", unless_zero(match.place.line));
  json.end_object();
}

void write_head(base::JsonWriter& json, const storage::evidence::Head& head, std::string_view name) {
  json.key(name);
  if (head.number == 0) return json.value(std::nullopt);
  json.begin_object();
  json.member("number", head.number);
  json.member("hash", head.hash);
  json.end_object();
}

void write_breaks(base::JsonWriter& json, const Findings& findings) {
  json.member("break_count", findings.total());
  json.key("break_counts");
  json.begin_object();
  for (const auto& [kind, count] : findings.counts()) json.member(to_string(kind), count);
  json.end_object();
  json.key("breaks");
  json.begin_array();
  for (const Finding& finding : findings.kept()) write(json, finding);
  json.end_array();
}

void write_totals(base::JsonWriter& json, const Report& report) {
  json.key("chain");
  json.begin_object();
  json.member("segments", report.chain.segments);
  json.member("records", report.chain.records);
  json.member("devices", report.chain.devices);
  json.member("unsealed", report.chain.unsealed);
  json.end_object();
  json.key("objects");
  if (!report.checked_objects) return json.value(std::nullopt);
  json.begin_object();
  json.member("content_read", report.checked_content);
  json.member("files", report.objects.files);
  json.member("deleted", report.objects.deleted);
  json.member("read", report.objects.read);
  json.member("bytes", report.objects.bytes);
  json.member("newer_than_last_seal", report.objects.unsealed);
  json.end_object();
}

void write_files(base::JsonWriter& json, const std::vector<LocalFile>& files) {
  json.key("files");
  json.begin_array();
  for (const LocalFile& file : files) {
    json.begin_object();
    json.member("path", file.path);
    json.member("size", file.size);
    json.member("sha256", file.sha256);
    json.key("records");
    json.begin_array();
    for (const Match& match : file.matches) write(json, match);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}
}  // namespace

std::string as_json(const Report& report) {
  base::JsonWriter json;
  json.begin_object();
  json.member("outcome", name_of(report.outcome()));
  json.member("source", report.source);
  json.member("imei", text_of(report.imei));
  json.member("unreadable", unless_empty(report.unreadable));
  write_breaks(json, report.findings);
  write_totals(json, report);
  write_files(json, report.files);
  write_head(json, report.last_segment, "last_segment");
  write_head(json, report.last_record, "last_record");
  json.member("noted_head_at", report.noted_at);
  json.end_object();
  return std::move(json).take() + '\n';
}

}  // namespace verify
