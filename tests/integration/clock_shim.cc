// Preloaded into a program under test: its wall clock differs by as many milliseconds as the file
// named by CLOCK_SHIM_FILE says at that moment (a 64-bit number in the machine's byte order). The
// steady clock stays as it is, as when a machine's time is set.
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <threads.h>
#include <unistd.h>

namespace {

/// A steady clock counts from the machine's start.
constexpr time_t kSmallestWallClock = 1'000'000'000;

int64_t offset_ms() {
  static const volatile int64_t* const offset = [] {
    static const int64_t none = 0;
    const char* path = std::getenv("CLOCK_SHIM_FILE");
    int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return &none;
    void* mapped = mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return mapped == MAP_FAILED ? &none : static_cast<const int64_t*>(mapped);
  }();
  return *offset;
}

void move(timespec& time) {
  int64_t ns = time.tv_nsec + offset_ms() % 1000 * 1'000'000;
  time.tv_sec += offset_ms() / 1000 + (ns < 0 ? -1 : ns / 1'000'000'000);
  time.tv_nsec = ns < 0 ? ns + 1'000'000'000 : ns % 1'000'000'000;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  using Real = int (*)(clockid_t, timespec*);
  static const Real real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "clock_gettime"));
  int result = real(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) move(*time);
  return result;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

// Who waits until a moment of the moved clock waits until that moment of the real one.
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  using Real = int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  static const Real real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
  timespec moved = *until;
  if (moved.tv_sec > kSmallestWallClock) moved.tv_sec -= offset_ms() / 1000;
  return real(condition, mutex, &moved);
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  using Real = int (*)(cnd_t*, mtx_t*, const timespec*);
  static const Real real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "cnd_timedwait"));
  timespec moved = *until;
  if (moved.tv_sec > kSmallestWallClock) moved.tv_sec -= offset_ms() / 1000;
  return real(condition, mutex, &moved);
}

int timespec_get(timespec* time, int base) noexcept {
  if (base != TIME_UTC) return 0;
  return clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

time_t time(time_t* into) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into != nullptr) *into = now.tv_sec;
  return now.tv_sec;
}
}
