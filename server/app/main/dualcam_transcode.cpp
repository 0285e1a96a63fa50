// dualcam-transcode: the jobs that make stored files ready to be shown. Everything is in server/app.
#include "server/app/cli.hpp"

int main(int argc, char** argv) {
  return app::run_transcode(argc, argv);
}
