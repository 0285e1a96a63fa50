// `dualcam-transcode job`: one file, in a sandbox. The end of the process is part of it: nothing runs after that.
#pragma once

#include <span>
#include <string>

namespace transcode {

// `words`: a JobCommand. Reports through its descriptor; what keeps it from beginning goes to standard error.
[[noreturn]] void run_job(std::span<const std::string> words);

}  // namespace transcode
