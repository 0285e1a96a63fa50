// dualcamd: the server. Everything is in server/app; main only turns the result into an exit code.
#include "server/app/cli.hpp"

int main(int argc, char** argv) {
  return app::run(argc, argv);
}
