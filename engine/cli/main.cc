// The program `sapa`: one subcommand a file; this one puts them together.
#include <iostream>

#include <CLI/CLI.hpp>

#include "engine/cli/backtest.h"
#include "engine/cli/check.h"
#include "engine/cli/demo.h"
#include "engine/cli/dlq.h"
#include "engine/cli/expr.h"
#include "engine/cli/inspect.h"
#include "engine/cli/publish.h"
#include "engine/cli/run.h"
#include "engine/cli/test.h"

int main(int argc, char** argv) {
  CLI::App app("sapa: the open engine for real-time customer engagement", "sapa");
  app.require_subcommand(1);
  app.set_version_flag("--version", SAPA_VERSION);
  app.footer("Each command says more with --help, with examples.");
  int exit_code = 0;
  sapa::add_run(app, exit_code);
  sapa::add_check(app, exit_code);
  sapa::add_test(app, exit_code);
  sapa::add_backtest(app, exit_code);
  sapa::add_expr(app, exit_code);
  sapa::add_inspect(app, exit_code);
  sapa::add_publish(app, exit_code);
  sapa::add_dlq(app, exit_code);
  sapa::add_demo(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const CLI::App* culprit = &app;
    for (const CLI::App* sub : app.get_subcommands()) culprit = sub;
    std::cerr << "sapa: " << error.what() << "\n\n" << culprit->help();
    return 2;
  }
  return exit_code;
}
