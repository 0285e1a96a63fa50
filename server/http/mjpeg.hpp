// A camera's pictures as a browser shows them: multipart/x-mixed-replace. A reader that is slower than the camera gets
// fewer of them, always the newest.
#pragma once

#include <memory>
#include <string>

#include "server/http/live_view.hpp"
#include "server/http/reply.hpp"

namespace http {

// Answers `reply` when the first picture is there: with it and those that follow, or with why there is none. `slot` is
// held as long as the reader is. `patience` bounds the wait.
void answer_with_pictures(LiveView& view, Reply reply, std::shared_ptr<void> slot, std::chrono::milliseconds patience);

Response pictures_response();  // without its body
Response picture_response(Frame frame);
Response no_picture(const base::Error& why);
Response no_picture_in_time(std::chrono::milliseconds patience);

}  // namespace http
