#include "tools/request/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tools/http/taken.hpp"

namespace request {

namespace {
using base::Errc;
using http::Client;
using http::Method;
using nlohmann::json;

// Members may be null or missing: then they are what an empty one is. Some of the text is a device's.
std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? std::string{} : http::harmless(found->get<std::string>());
}
std::uint32_t number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? 0 : found->get<std::uint32_t>();
}
std::optional<base::UtcTime> time_of(const json& object, const char* name) {
  return base::parse_iso8601(text_of(object, name));
}

Part part_of(const json& object) {
  Part part{.number = number_of(object, "number"),
            .state = object.at("state").get<std::string>(),
            .percent = number_of(object, "percent"),
            .attempts = number_of(object, "attempts"),
            .from = time_of(object, "from"),
            .duration_s = number_of(object, "duration_s"),
            .command = text_of(object, "command"),
            .reason = text_of(object, "reason"),
            .files = {}};
  for (const json& file : object.at("files"))
    part.files.push_back({.camera = text_of(file, "camera"), .media_id = text_of(file, "media_id")});
  return part;
}

Request request_of(const json& object) {
  Request request{.id = object.at("id").get<std::string>(),
                  .imei = object.at("imei").get<std::string>(),
                  .kind = object.at("kind").get<std::string>(),
                  .from = time_of(object, "from"),
                  .duration_s = number_of(object, "duration_s"),
                  .channel = text_of(object, "channel"),
                  .created_at = time_of(object, "created_at"),
                  .deadline = time_of(object, "deadline"),
                  .state = object.at("state").get<std::string>(),
                  .reason = text_of(object, "reason"),
                  .percent = number_of(object, "percent"),
                  .parts = {},
                  .json = object.dump()};
  for (const json& part : object.at("parts")) request.parts.push_back(part_of(part));
  return request;
}

// nlohmann's exceptions end here.
template <class Read>
auto read(const std::string& body, Read reader) -> base::Result<decltype(reader(json()))> {
  try {
    return reader(json::parse(body));
  } catch (const json::exception& error) {
    return base::fail(Errc::invalid,
                      fmt::format("The server's answer is not what its API promises: {}.", error.what()));
  }
}

base::Result<Request> one(const base::Result<http::Answer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  return read(answer->body, request_of);
}

std::string path_of(const std::string& id) {
  return "/api/v1/capture-requests/" + Client::escape(id);
}
}  // namespace

bool Request::is_final() const {
  static constexpr std::array<std::string_view, 5> ends{"stored", "refused", "expired", "failed", "cancelled"};
  return std::ranges::find(ends, state) != ends.end();
}

base::Result<http::Answer> Api::ask(Method method, const std::string& path, std::string_view body) {
  return http::taken(client_->ask(method, path, body));
}

base::Result<Api::Made> Api::make(const std::string& imei, std::string_view body) {
  constexpr long made = 201;
  const std::string path = fmt::format("/api/v1/devices/{}/capture-requests", Client::escape(imei));
  const auto answer = ask(Method::post, path, body);
  auto request = one(answer);
  if (!request) return std::unexpected(request.error());
  return Made{.request = std::move(*request), .existed = answer->status != made};
}

base::Result<Request> Api::find(const std::string& id) {
  return one(ask(Method::get, path_of(id)));
}

base::Result<Request> Api::cancel(const std::string& id) {
  return one(ask(Method::del, path_of(id)));
}

base::Result<Page> Api::list(const std::string& imei, const std::string& state, unsigned limit) {
  std::string path = fmt::format("/api/v1/capture-requests?limit={}", limit);
  if (!imei.empty()) path += "&imei=" + Client::escape(imei);
  if (!state.empty()) path += "&state=" + Client::escape(state);
  const auto answer = ask(Method::get, path);
  if (!answer) return std::unexpected(answer.error());
  return read(answer->body, [](const json& page) {
    Page items{.items = {}, .json = page.dump()};
    for (const json& item : page.at("items")) items.items.push_back(request_of(item));
    return items;
  });
}

}  // namespace request
