// What stands behind a camera that ground stations see as theirs. Of the relay's thread; no call blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/endpoints/media_writer.hpp"
#include "server/relay/mavlink/camera/parameter.hpp"
#include "storage/catalog/catalog.hpp"

namespace endpoints {

class MavlinkDevice {
 public:
  virtual ~MavlinkDevice() = default;

  struct Skills {  // what works
    bool images = true;
    bool videos = false;
    bool stream = false;  // it has live pictures, under the name `live`
    std::string live;
    std::string latest;                                               // path of its newest video; empty: there is none
    std::chrono::milliseconds longest_ask{std::chrono::seconds{60}};  // then what it was asked for will not come
    std::uint16_t width = 0;                                          // in pixels; 0: unknown
    std::uint16_t height = 0;
  };
  virtual Skills skills() const = 0;
  virtual bool is_online() const = 0;  // its heartbeat stops while it is not

  // Called once each, at once or later, unless the device is gone before: the file is in the store, or never will be.
  virtual void take_image(Stored stored) = 0;
  // Until stop_video(). `stored` comes when the video is kept; an error of beginning comes there, too.
  virtual void start_video(Stored stored) = 0;
  virtual void stop_video() = 0;
  // The video that was begun has ended by itself, and its file is still to come.
  virtual bool video_is_over() const { return false; }

  virtual std::optional<std::int8_t> battery() const { return std::nullopt; }  // %

  // What can be set of it.
  virtual std::vector<mavlink::camera::Parameter> parameters() const { return {}; }
  using Set = std::function<void(const base::Result<>& result)>;
  virtual void set_parameter(const std::string& id, const mavlink::camera::ParameterValue& value, const Set& done) {
    (void)value;
    done(base::fail(base::Errc::not_found, "There is no parameter " + id + "."));
  }
};

}  // namespace endpoints
