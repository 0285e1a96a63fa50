#include "tools/http/taken.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "server/base/bytes.hpp"

namespace http {

namespace {
using base::Errc;
using nlohmann::json;

constexpr std::size_t longest_words = 400;  // of an answer that is no problem JSON

// Problem JSON with its faults; of anything else the status and the begin of it.
std::string words_of(const Answer& answer) {
  const json problem = json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  std::string words;
  if (problem.is_object() && problem.contains("detail") && problem["detail"].is_string())
    words = harmless(problem["detail"].get<std::string>());
  if (words.empty())
    return fmt::format("The server answered {}: {}", answer.status,
                       base::printable(base::as_bytes(answer.body), longest_words));
  if (problem.contains("faults") && problem["faults"].is_array())
    for (const json& fault : problem["faults"])
      if (fault.is_string()) words += fmt::format("\n  {}", harmless(fault.get<std::string>()));
  return words;
}
}  // namespace

base::Result<Answer> taken(base::Result<Answer> answer) {
  constexpr long good = 200, redirects = 300, unauthorized = 401, forbidden = 403, server_errors = 500;
  if (!answer || (answer->status >= good && answer->status < redirects)) return answer;
  std::string words = words_of(*answer);
  if (answer->status == unauthorized || answer->status == forbidden)
    words += " Give a token of the API with --api-token-file.";
  return base::fail(answer->status >= server_errors ? Errc::unavailable : Errc::refused, std::move(words));
}

std::string harmless(std::string_view text) {
  constexpr unsigned char first_plain = 0x20, del = 0x7F, lead_of_c1 = 0xC2, first_c1 = 0x80, behind_c1 = 0xA0;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    const bool c1 = byte == lead_of_c1 && next >= first_c1 && next < behind_c1;
    out += c1 || byte < first_plain || byte == del ? '?' : text[i];
    if (c1) ++i;
  }
  return out;
}

}  // namespace http
