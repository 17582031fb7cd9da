// A program run beside a test, so that it can be killed. Its standard output is read through a
// pipe.
#pragma once

#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sapa {

class ChildProcess {
 public:
  ChildProcess(const std::string& program, const std::string& argument,
               const std::string& second = {}) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl(program.c_str(), program.c_str(), argument.c_str(),
            second.empty() ? nullptr : second.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~ChildProcess() {
    kill_now();
    if (output_ >= 0) close(output_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for output; empty once the program has ended and all was read.
  std::string read_some() {
    char buffer[65536];
    ssize_t length = read(output_, buffer, sizeof buffer);
    return length > 0 ? std::string(buffer, static_cast<size_t>(length)) : std::string();
  }
  void kill_now() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace sapa
