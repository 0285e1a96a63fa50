// The camera definition file: the XML by which ground stations show what can be set of a camera.
#pragma once

#include <cstdint>
#include <string>

#include "server/relay/mavlink/camera/description.hpp"

namespace mavlink::camera {

// A whole file, UTF-8. Bytes of the description that are no characters are left out.
std::string definition_xml(const Description& description);

// Changes with the content, and is the same again for the same content: ground stations keep a file until its version
// changes. Never 0.
std::uint16_t definition_version(const Description& description);

}  // namespace mavlink::camera
