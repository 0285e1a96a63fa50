// Capture requests as the API shows them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "storage/catalog/capture_catalog.hpp"

namespace http {

std::string capture_json(const storage::CaptureRequest& request);
std::string capture_page_json(std::span<const storage::CaptureRequest> items, std::string_view next_cursor);

}  // namespace http
