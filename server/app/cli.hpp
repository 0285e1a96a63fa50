#pragma once

namespace app {

// The whole of a program. Exit codes: 0 done, 1 it could not be done (the reason is on standard error), 2 wrong usage.
int run(int argc, char** argv);            // dualcamd
int run_transcode(int argc, char** argv);  // dualcam-transcode

}  // namespace app
