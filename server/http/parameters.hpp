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
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/http/message.hpp"
#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/job_catalog.hpp"
#include "storage/catalog/tracking_catalog.hpp"

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
  std::optional<storage::CaptureState> capture_state(std::string_view name);
  std::optional<storage::DeviceEventKind> device_event_kind(std::string_view name);
  std::optional<base::UtcTime> time(std::string_view name);
  std::optional<base::Uuid> uuid(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::uint32_t limit(std::uint32_t usual = default_page, std::uint32_t largest = largest_page);

  void reject(std::string_view name, std::string_view detail);
  // Nothing when every value read was good.
  std::optional<Response> problem();

 private:
  // The value `parse` makes of the text, which can be one of `words`.
  template <class T>
  std::optional<T> one_of(std::string_view name, std::optional<T> (*parse)(std::string_view) noexcept,
                          std::string_view words);

  const std::vector<std::pair<std::string, std::string>>& query_;
  std::optional<Response> problem_;
};

}  // namespace http
