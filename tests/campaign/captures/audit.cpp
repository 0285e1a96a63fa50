#include "tests/campaign/captures/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "server/base/clock.hpp"
#include "tests/campaign/captures/plan.hpp"
#include "tests/unit/http/client.hpp"

namespace tests::captures {

namespace {
using nlohmann::json;

constexpr std::array open_states{"queued", "sent", "accepted", "connecting", "transferring"};
constexpr std::string_view refusal = "Invalid argument in camera request cmd!";

json ask(std::uint16_t port, const std::string& target) {
  const auto answer = http::testing::get(port, target);
  json body = json::parse(answer.body, nullptr, false);
  if (answer.status != 200 || !body.is_object())
    throw std::runtime_error(fmt::format("{} is answered with {}: {}", target, answer.status, answer.body));
  return body;
}

std::vector<json> list(std::uint16_t port, const std::string& target) {
  std::vector<json> items;
  for (std::string cursor;;) {
    json page = ask(port, target + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (json& item : page.at("items")) items.push_back(std::move(item));
    if (page.at("next_cursor").is_null()) return items;
    cursor = page.at("next_cursor");
  }
}

base::UtcTime time_of(const json& text) {
  return base::parse_iso8601(text.get<std::string>()).value();
}

class Auditor {
 public:
  explicit Auditor(std::uint16_t port) {
    for (json& item : list(port, "/api/v1/media?limit=500")) {
      if (item.at("request_id").is_null()) ++found_.unclaimed;
      std::string id = item.at("id");
      media_.emplace(std::move(id), std::move(item));
    }
    for (json& request : list(port, "/api/v1/capture-requests?limit=500")) {
      look_at(request);
      found_.requests.push_back(std::move(request));
    }
  }
  Audit take() { return std::move(found_); }

 private:
  void wrong(const json& request, std::string_view what) {
    found_.problems.push_back(fmt::format("{}:\n{}", what, request.dump(1)));
  }

  void look_at(const json& request) {
    const std::string state = request.at("state");
    ++found_.states[state];
    bool has_all = true;
    for (const json& part : request.at("parts")) {
      ++found_.parts;
      has_all = has_all && part.at("state") == "stored";
      look_at(request, part);
    }
    if (has_all != (state == "stored")) wrong(request, "The request's state is not that of its parts");
    if (state != "stored" && request.at("reason").is_null()) wrong(request, "It does not say why");
  }

  void look_at(const json& request, const json& part) {
    const std::string state = part.at("state");
    if (std::ranges::find(open_states, state) != open_states.end()) wrong(request, "A part is still open");
    if (part.at("attempts") > most_attempts) wrong(request, "A part was sent too often");
    if (state == "refused" && part.at("reply") != refusal) wrong(request, "The device's refusal is not kept");
    if (state != "stored" && part.at("reason").is_null()) wrong(request, "A part does not say why");
    bool has_all = true;
    for (const json& file : part.at("files")) {
      has_all = has_all && !file.at("media_id").is_null();
      if (!file.at("media_id").is_null()) look_at(request, part, file);
    }
    if (state == "stored" && !has_all) wrong(request, "A stored part lacks a file");
    if (has_all && state != "stored" && state != "cancelled") wrong(request, "A part has its files and is not stored");
  }

  void look_at(const json& request, const json& part, const json& file) {
    ++found_.files;
    const std::string id = file.at("media_id");
    if (!given_.insert(id).second) wrong(request, "The file " + id + " is given twice");
    const auto stored = media_.find(id);
    if (stored == media_.end()) return wrong(request, "The file " + id + " is not there");
    const json& media = stored->second;
    for (const char* const same : {"imei", "kind"})
      if (media.at(same) != request.at(same)) wrong(request, fmt::format("The file {} has another {}", id, same));
    if (media.at("camera") != file.at("camera")) wrong(request, "The file " + id + " is of the other camera");
    if (media.at("request_id") != request.at("id")) wrong(request, "The file " + id + " names another request");
    if (request.at("kind") == "video") look_at_time(request, part, media);
  }

  // Simulated cameras bring exactly what they are asked for: what begins elsewhere is another part's clip.
  void look_at_time(const json& request, const json& part, const json& media) {
    const base::UtcTime from = time_of(part.at("from"));
    const base::UtcTime end = from + std::chrono::seconds(part.at("duration_s").get<unsigned>());
    const base::UtcTime captured = time_of(media.at("captured_at"));
    if (captured >= from && captured < end) return;
    wrong(request, fmt::format("The file {} of part {} was taken at {}", media.at("id").get<std::string>(),
                               part.at("number").get<unsigned>(), media.at("captured_at").get<std::string>()));
  }

  Audit found_;
  std::unordered_map<std::string, json> media_;
  std::set<std::string> given_;
};
}  // namespace

std::size_t open_requests(std::uint16_t http_port) {
  std::size_t count = 0;
  for (const char* const state : open_states)
    count += ask(http_port, fmt::format("/api/v1/capture-requests?limit=500&state={}", state)).at("items").size();
  if (count != 0) return count;
  // One may have gone from a state not yet looked at into one that was: each is looked at once.
  for (const json& request : list(http_port, "/api/v1/capture-requests?limit=500"))
    if (std::ranges::find(open_states, request.at("state").get<std::string>()) != open_states.end()) ++count;
  return count;
}

Audit audit(std::uint16_t http_port) {
  return Auditor(http_port).take();
}

}  // namespace tests::captures
