// Query parameters read as what they mean. The first bad one is kept as the problem to answer with; everything after it
// reads as absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/http/message.hpp"
#include "storage/catalog/job_catalog.hpp"

namespace http {

constexpr std::uint32_t default_page = 50;
constexpr std::uint32_t largest_page = 500;  // of the catalog; about 300 KiB of JSON
constexpr std::size_t longest_value = 512;   // cursors are the longest we make, below 100

class Parameters {
 public:
  explicit Parameters(const std::vector<std::pair<std::string, std::string>>& query) : query_(query) {}

  std::optional<std::string> text(std::string_view name);
  std::optional<base::Imei> imei(std::string_view name);
  std::optional<base::Camera> camera(std::string_view name);
  std::optional<base::MediaKind> kind(std::string_view name);
  std::optional<storage::JobState> job_state(std::string_view name);
  std::optional<storage::JobTask> job_task(std::string_view name);
  std::optional<base::UtcTime> time(std::string_view name);
  std::uint32_t limit();

  void reject(std::string_view name, std::string_view detail);
  // Nothing when every value read was good.
  std::optional<Response> problem();

 private:
  const std::vector<std::pair<std::string, std::string>>& query_;
  std::optional<Response> problem_;
};

}  // namespace http
