// Which conversations of a capture are meant, and how they are listed.
#pragma once

#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "tools/capture/camera_files.hpp"
#include "tools/capture/capture.hpp"

namespace replay {

struct Filter {
  std::vector<std::string> imeis;          // any of them; empty: every device, and what has none
  std::vector<std::string> conversations;  // numbers from 1; empty: all
};

// Indices into the capture, ascending. `invalid` where a filter is no IMEI or number, or the capture has no such thing.
base::Result<std::vector<std::size_t>> select(const captures::Capture& capture, const Filter& filter);

// What is missing and strange in a conversation, in words; empty: nothing is.
std::string damage_words(const captures::Conversation& conversation);

std::string list_text(const captures::Capture& capture, const std::vector<captures::CameraFile>& files,
                      const std::vector<std::size_t>& conversations);
std::string list_json(const captures::Capture& capture, const std::vector<captures::CameraFile>& files,
                      const std::vector<std::size_t>& conversations);

}  // namespace replay
