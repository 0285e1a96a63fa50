// How `dualcam probe` says what it found.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/media/probe.hpp"

namespace media {

namespace {
using storage::MediaProbe;

constexpr std::array headings{"FILE", "FORMAT", "PICTURE", "FRAMES", "RATE", "LENGTH", "SOUND", "CONDITION"};
using Cells = std::array<std::string, headings.size()>;

std::string sound(const MediaProbe& probe) {
  if (!probe.has_sound()) return "none";
  return fmt::format("{} {} Hz{}", probe.sound_codec, probe.sample_rate,
                     probe.channels == 1   ? " mono"
                     : probe.channels == 2 ? " stereo"
                                           : fmt::format(" x{}", probe.channels));
}

Cells cells(const Probed& file) {
  const MediaProbe& probe = file.report.probe;
  constexpr double thousand = 1e3, million = 1e6;
  if (!file.problem.empty()) {
    std::string format(file.outcome == Outcome::unreadable ? "" : to_string(file.format));
    return {file.path, std::move(format), "", "", "", "", "", file.problem};
  }
  const bool moves = probe.duration_us > 0;
  return {file.path,
          std::string(to_string(file.format)),
          probe.has_picture() ? fmt::format("{} {}x{}", probe.video_codec, probe.width, probe.height) : "none",
          fmt::format("{}", probe.frames),
          moves ? fmt::format("{:.2f}/s", static_cast<double>(probe.frame_rate_milli) / thousand) : "",
          moves ? fmt::format("{:.2f} s", static_cast<double>(probe.duration_us) / million) : "",
          sound(probe),
          condition(probe)};
}

void add(std::string& list, std::uint64_t count, std::string_view what) {
  if (count > 0) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, what);
}

std::string_view api_name(transcode::Playable playable) {
  switch (playable) {
    case transcode::Playable::as_it_is: return "original";
    case transcode::Playable::as_remux: return "remux";
    case transcode::Playable::as_encoded: return "encoded";
    case transcode::Playable::no: break;
  }
  return "no";
}

void write(base::JsonWriter& json, const Probed& file) {
  json.begin_object();
  json.member("file", file.path);
  json.member("size", file.size);
  json.member("format", to_string(file.format));
  json.member("error", base::unless_empty(file.problem));
  json.key("probe");
  if (file.problem.empty()) {
    storage::write(json, file.report.probe);
    json.member("playable", api_name(file.report.playable));
  } else {
    json.value(std::nullopt);
  }
  json.end_object();
}
}  // namespace

std::string condition(const MediaProbe& probe) {
  std::string list;
  add(list, probe.damaged_records, "damaged records");
  add(list, probe.skipped_bytes, "bytes skipped");
  add(list, probe.missing_pictures, "pictures missing");
  add(list, probe.missing_sounds, "sounds missing");
  add(list, probe.decode_errors, "pictures with errors");
  if (!probe.has_picture() && !probe.has_sound())
    list += list.empty() ? "nothing to see or hear" : ", nothing to see or hear";
  return list.empty() ? std::string(whole) : list;
}

std::string as_table(const std::vector<Probed>& files) {
  std::vector<Cells> rows(1);
  std::ranges::copy(headings, rows.front().begin());
  for (const Probed& file : files) rows.push_back(cells(file));
  std::array<std::size_t, headings.size()> widths{};
  for (const Cells& row : rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  std::string table;
  for (const Cells& row : rows) {
    for (std::size_t column = 0; column + 1 < row.size(); ++column)
      table += fmt::format("{:<{}}  ", row[column], widths[column]);
    table += row.back() + '\n';
  }
  return table;
}

std::string as_json(const std::vector<Probed>& files) {
  base::JsonWriter json;
  json.begin_object();
  json.key("files");
  json.begin_array();
  for (const Probed& file : files) write(json, file);
  json.end_array();
  json.end_object();
  return std::move(json).take() + '\n';
}

}  // namespace media
