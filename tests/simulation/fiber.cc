#include "tests/simulation/fiber.h"

#include <cassert>
#include <cstdint>
#include <vector>

#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define SAPA_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SAPA_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef SAPA_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace sapa::simulation {
namespace {

constexpr size_t kStackBytes = 1 << 20;  // taken from the system only as far as it is used

/// Stacks are used again: to map and unmap one for every fiber would cost more than the fiber.
class Stacks {
 public:
  ~Stacks() {
    for (void* stack : free_) munmap(stack, kStackBytes);
  }
  void* take() {
    if (!free_.empty()) {
      void* stack = free_.back();
      free_.pop_back();
      return stack;
    }
    void* stack = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert(stack != MAP_FAILED);
    return stack;
  }
  void give_back(void* stack) { free_.push_back(stack); }

 private:
  std::vector<void*> free_;
};

Stacks& stacks() {
  static Stacks all;
  return all;
}

/// The sanitizer has to be told on which stack we are.
struct Switch {
#ifdef SAPA_ADDRESS_SANITIZER
  static void begin(void** save, const void* bottom, size_t size) {
    __sanitizer_start_switch_fiber(save, bottom, size);
  }
  static void end(void* saved, const void** bottom, size_t* size) {
    __sanitizer_finish_switch_fiber(saved, bottom, size);
  }
#else
  static void begin(void**, const void*, size_t) {}
  static void end(void*, const void**, size_t*) {}
#endif
};

}  // namespace

struct Fiber::State {
  std::function<void()> work;
  void* stack = nullptr;
  ucontext_t own{}, caller{};
  State* outer = nullptr;  ///< the fiber that resumed this one
  bool done = false;
  // For the sanitizer:
  void* own_fake = nullptr;
  void* caller_fake = nullptr;
  const void* caller_bottom = nullptr;
  size_t caller_size = 0;

  static State* running;
  static void enter();
  void leave(bool for_ever) {
    Switch::begin(for_ever ? nullptr : &own_fake, caller_bottom, caller_size);
    swapcontext(&own, &caller);
    Switch::end(own_fake, &caller_bottom, &caller_size);
  }
};

Fiber::State* Fiber::State::running = nullptr;

void Fiber::State::enter() {
  State* state = running;
  Switch::end(nullptr, &state->caller_bottom, &state->caller_size);
  state->work();
  state->done = true;
  state->leave(true);
}

Fiber::Fiber(std::function<void()> work) : state_(std::make_unique<State>()) {
  state_->work = std::move(work);
  state_->stack = stacks().take();
  getcontext(&state_->own);
  state_->own.uc_stack.ss_sp = state_->stack;
  state_->own.uc_stack.ss_size = kStackBytes;
  state_->own.uc_link = nullptr;
  makecontext(&state_->own, &State::enter, 0);
}

Fiber::~Fiber() {
  assert(state_->done);
  stacks().give_back(state_->stack);
}

void Fiber::resume() {
  assert(!state_->done);
  state_->outer = State::running;
  State::running = state_.get();
  Switch::begin(&state_->caller_fake, state_->stack, kStackBytes);
  swapcontext(&state_->caller, &state_->own);
  Switch::end(state_->caller_fake, nullptr, nullptr);
  State::running = state_->outer;
}

bool Fiber::done() const { return state_->done; }

bool Fiber::stand_still() {
  if (State::running == nullptr) return false;
  State::running->leave(false);
  return true;
}

}  // namespace sapa::simulation
