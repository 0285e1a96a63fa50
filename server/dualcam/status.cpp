#include "server/dualcam/status.hpp"

#include <array>

namespace dualcam {

namespace {
constexpr std::array<std::string_view, 27> names{
    "completed",
    "reconnect limit reached after 5 tries",
    "closing GPRS failed",
    "closing the socket failed",
    "aborted by the device",
    "invalid answer to INIT",
    "invalid answer to RESUME",
    "cannot create the file on the SD card",
    "cannot open the file",
    "cannot write the file",
    "cannot flush the file",
    "undefined event",
    "cannot create the firmware file",
    "recalculating the file's CRC failed",
    "cannot load the configuration",
    "bad header",
    "cannot roll the file pointer",
    "read failed: the camera is not configured or the file is not there",
    "null header",
    "platform mismatch",
    "update not allowed",
    "invalid arguments",
    "XIM job failed",
    "forbidden",
    "unsupported hardware",
    "incompatible firmware",
    "wrong bootloader",
};
}  // namespace

std::string_view status_name(std::uint32_t status) noexcept {
  return status < names.size() ? names[status] : "unknown status";
}

}  // namespace dualcam
