// One child process: started with the descriptors it is given and no other, and never left behind.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "transcode/worker/descriptor.hpp"

namespace transcode {

class Child {
 public:
  struct Given {
    int descriptor = -1;  // of this process
    int number = -1;      // of the child's
  };
  // stdin and stdout are /dev/null. Of the environment only what programs need to run at all is passed on: keys and
  // passwords are not. Signals are as a fresh process has them, and a terminal's Ctrl-C does not reach it.
  static base::Result<Child> start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                   const std::vector<Given>& given);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();  // kills and reaps it

  // Readable when the process has ended; -1 where the kernel has no such thing: ask has_ended() now and then.
  int ended_descriptor() const noexcept { return ended_.get(); }
  bool has_ended();
  void kill() noexcept;
  // Waits for the end. The status of waitpid().
  int wait();

 private:
  explicit Child(pid_t pid);
  bool reap(int options);
  pid_t pid_ = -1;
  Descriptor ended_;
  bool reaped_ = false;
  int status_ = 0;
};

}  // namespace transcode
