// The file name a trigger may carry. Cameras expand parameters in it: "&T" is the trigger's time in seconds since 1970,
// "&b" the number of the buffer; others are not documented. We pass them on and never expand one. A leading "/" picks
// storage and folder ("/mnt/net/game_1/pitch_&T").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace edgertronic {

// What a template made, turned into a name that encode() takes and a camera can store: at most 99 bytes of UTF-8, cut
// at a character; without control characters and what is not UTF-8; characters that FAT and network shares refuse
// become
// "_". A name that is too long is cut before parameters at its end, which tell its files apart. With `folders`, "/"
// stays and ".." goes; otherwise both go. Empty when nothing is left: send no name then.
std::string sanitise(std::string_view text, bool folders = false);

// Whether the name has a parameter that may differ between cameras which fire together. Time and buffer do not.
bool may_tell_cameras_apart(std::string_view name) noexcept;
// Whether the name has any parameter: without one, each shot of a camera overwrites the one before, or fails.
bool may_tell_shots_apart(std::string_view name) noexcept;

// A warning for a rule that sends `name` to several cameras (or, being a template, may make it twice); nothing when
// there is no danger. `cameras`: how many hear the trigger. Of no name at all: nullopt for `name`.
std::optional<std::string> name_danger(std::optional<std::string_view> name, std::size_t cameras);

}  // namespace edgertronic
