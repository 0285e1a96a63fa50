#include <fmt/format.h>

#include <algorithm>

#include "server/base/json.hpp"
#include "tools/capture/extract.hpp"
#include "tools/replay/offline_command.hpp"

namespace replay {

namespace {
std::vector<captures::CameraFile> chosen_files(const Chosen& chosen) {
  std::vector<captures::CameraFile> files;
  for (const captures::CameraFile& file : chosen.files)
    if (std::ranges::any_of(file.conversations, [&](std::size_t each) {
          return std::ranges::find(chosen.conversations, each) != chosen.conversations.end();
        }))
      files.push_back(file);
  return files;
}

void print_text(const captures::ExtractSummary& summary, const std::string& folder) {
  std::size_t whole = 0;
  for (const captures::ExtractedFile& each : summary.written) {
    fmt::print("{:>10}  {}{}\n", each.size, each.name, each.complete ? "" : "  (not whole)");
    whole += each.complete ? 1 : 0;
  }
  for (const std::string& name : summary.existing) fmt::print("{:>10}  {}  (there already, left as it is)\n", "", name);
  fmt::print("{} files in {}, {} of them whole.\n", summary.written.size(), folder, whole);
  if (summary.empty > 0) fmt::print("Of {} files more the capture has not a byte.\n", summary.empty);
}

void print_json(const captures::ExtractSummary& summary) {
  base::JsonWriter json;
  json.begin_object();
  json.key("files");
  json.begin_array();
  for (const captures::ExtractedFile& each : summary.written) {
    json.begin_object();
    json.member("name", each.name);
    json.member("size", each.size);
    json.member("complete", each.complete);
    json.end_object();
  }
  json.end_array();
  json.key("existing");
  json.begin_array();
  for (const std::string& name : summary.existing) json.value(name);
  json.end_array();
  json.member("empty", summary.empty);
  json.end_object();
  fmt::print("{}\n", std::move(json).take());
}
}  // namespace

Outcome run_extract(const Chosen& chosen, const std::string& folder, bool json) {
  const auto summary = captures::extract(chosen.capture, chosen_files(chosen), folder);
  if (!summary) {
    fmt::print(stderr, "dualcam replay: {}\n", summary.error().message);
    return Outcome::unusable;
  }
  json ? print_json(*summary) : print_text(*summary, folder);
  const bool whole = std::ranges::all_of(summary->written, &captures::ExtractedFile::complete);
  return whole && summary->existing.empty() && summary->empty == 0 ? Outcome::good : Outcome::different;
}

}  // namespace replay
