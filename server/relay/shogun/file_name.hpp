// The name of a trial is that of its file on a Windows computer.
#pragma once

#include <string>
#include <string_view>

namespace shogun {

constexpr std::size_t max_file_name_size = 120;  // bytes; folder, name and ending have 260 characters together

// What a template made, turned into a name that can be a file's: at most max_file_name_size bytes of UTF-8, cut at a
// character; control characters and what is not UTF-8 gone, <>:"/\|?* replaced by "_", no blank or dot at its ends, and
// none of the names of devices (CON, NUL, COM1…, with any ending). Empty when nothing is left.
std::string sanitise_name(std::string_view text);

}  // namespace shogun
