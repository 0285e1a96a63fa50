#include "tools/replay/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "server/base/json.hpp"

namespace replay {

using captures::CameraFile;
using captures::Capture;
using captures::Conversation;

namespace {
base::Result<std::set<std::size_t>> numbers_of(const Capture& capture, const std::vector<std::string>& texts) {
  std::set<std::size_t> indices;
  for (const std::string& text : texts) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || number == 0 || number > capture.conversations.size())
      return base::fail(base::Errc::invalid, fmt::format("There is no conversation \"{}\"; the capture has 1 to {}.",
                                                         text, capture.conversations.size()));
    indices.insert(number - 1);
  }
  return indices;
}

base::Result<std::set<base::Imei>> imeis_of(const std::vector<std::string>& texts) {
  std::set<base::Imei> imeis;
  for (const std::string& text : texts) {
    const auto imei = base::Imei::parse(text);
    if (!imei)
      return base::fail(base::Errc::invalid,
                        fmt::format("\"{}\" is no IMEI: 15 digits, the last one the Luhn check digit.", text));
    imeis.insert(*imei);
  }
  return imeis;
}

captures::Time begun(const Conversation& conversation) {
  return conversation.events.empty() ? captures::Time{} : conversation.events.front().time;
}

base::UtcTime to_ms(captures::Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time);
}

// Of a conversation: how many files it brought something of, and how many of them the server acknowledged in all.
std::pair<std::size_t, std::size_t> files_of(const std::vector<CameraFile>& files, std::size_t conversation) {
  std::size_t all = 0, acknowledged = 0;
  for (const CameraFile& file : files) {
    if (std::ranges::find(file.conversations, conversation) == file.conversations.end()) continue;
    ++all;
    if (file.acknowledged) ++acknowledged;
  }
  return {all, acknowledged};
}

std::string seconds_of(const Conversation& conversation) {
  if (conversation.events.empty()) return "0.0";
  const auto length = conversation.events.back().time - conversation.events.front().time;
  return fmt::format("{:.1f}", std::chrono::duration<double>(length).count());
}
}  // namespace

base::Result<std::vector<std::size_t>> select(const Capture& capture, const Filter& filter) {
  const auto numbers = numbers_of(capture, filter.conversations);
  if (!numbers) return std::unexpected(numbers.error());
  const auto imeis = imeis_of(filter.imeis);
  if (!imeis) return std::unexpected(imeis.error());
  std::vector<std::size_t> selected;
  for (std::size_t n = 0; n < capture.conversations.size(); ++n) {
    const Conversation& each = capture.conversations[n];
    if (!numbers->empty() && !numbers->contains(n)) continue;
    if (!imeis->empty() && (!each.imei || !imeis->contains(*each.imei))) continue;
    selected.push_back(n);
  }
  if (selected.empty() && !capture.conversations.empty())
    return base::fail(base::Errc::invalid, "No conversation of the capture is meant by --imei and --conversation.");
  return selected;
}

std::string damage_words(const Conversation& conversation) {
  const captures::Damage& damage = conversation.damage;
  std::vector<std::string> words;
  if (damage.no_beginning) words.emplace_back("its beginning is missing");
  if (damage.no_end) words.emplace_back("its end is missing");
  if (damage.missing_bytes > 0) words.push_back(fmt::format("{} bytes are missing", damage.missing_bytes));
  if (damage.cut_bytes > 0) words.push_back(fmt::format("{} bytes were cut off", damage.cut_bytes));
  if (damage.bad_packets > 0) words.push_back(fmt::format("{} bad packets", damage.bad_packets));
  if (damage.late_segments > 0) words.push_back(fmt::format("{} late segments", damage.late_segments));
  if (damage.repeated_segments > 0) words.push_back(fmt::format("{} repeated segments", damage.repeated_segments));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string list_text(const Capture& capture, const std::vector<CameraFile>& files,
                      const std::vector<std::size_t>& conversations) {
  std::string text =
      fmt::format("{:>4}  {:<24}  {:>8}  {:<16}  {:<15}  {:<21}  {:<21}  {:>10}  {:>8}  {:>6}  {}\n", "no.", "begun",
                  "seconds", "protocol", "IMEI", "device", "server", "device B", "server B", "files", "damage");
  for (const std::size_t n : conversations) {
    const Conversation& each = capture.conversations[n];
    const auto [all, acknowledged] = files_of(files, n);
    text += fmt::format("{:>4}  {:<24}  {:>8}  {:<16}  {:<15}  {:<21}  {:<21}  {:>10}  {:>8}  {:>6}  {}\n", n + 1,
                        base::to_iso8601(to_ms(begun(each))), seconds_of(each),
                        fmt::format("{} {}", captures::to_string(each.protocol), captures::to_string(each.transport)),
                        each.imei ? each.imei->str() : "-", pcapng::to_string(each.device),
                        pcapng::to_string(each.server), each.device_bytes.size(), each.server_bytes.size(),
                        all == 0 ? "-" : fmt::format("{}/{}", acknowledged, all), damage_words(each));
  }
  return text;
}

std::string list_json(const Capture& capture, const std::vector<CameraFile>& files,
                      const std::vector<std::size_t>& conversations) {
  base::JsonWriter json;
  json.begin_object();
  json.key("conversations");
  json.begin_array();
  for (const std::size_t n : conversations) {
    const Conversation& each = capture.conversations[n];
    const auto [all, acknowledged] = files_of(files, n);
    json.begin_object();
    json.member("number", n + 1);
    json.member("begun", to_ms(begun(each)));
    json.member("protocol", captures::to_string(each.protocol));
    json.member("transport", captures::to_string(each.transport));
    json.member("imei", each.imei ? std::optional(each.imei->str()) : std::nullopt);
    json.member("device", pcapng::to_string(each.device));
    json.member("server", pcapng::to_string(each.server));
    json.member("device_bytes", each.device_bytes.size());
    json.member("server_bytes", each.server_bytes.size());
    json.member("files", all);
    json.member("files_acknowledged", acknowledged);
    json.member("missing_bytes", each.damage.missing_bytes);
    json.member("no_beginning", each.damage.no_beginning);
    json.member("no_end", each.damage.no_end);
    json.member("damage", base::unless_empty(damage_words(each)));
    json.member("file", each.file);
    json.end_object();
  }
  json.end_array();
  json.member("packets", capture.packets);
  json.member("foreign_packets", capture.foreign_packets);
  json.key("problems");
  json.begin_array();
  for (const std::string& problem : capture.problems) json.value(problem);
  json.end_array();
  json.end_object();
  return std::move(json).take() + "\n";
}

}  // namespace replay
