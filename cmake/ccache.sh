#!/bin/sh
# ccache, the first word, for a command of the compiler, the others. It knows a precompiled header that is there already by that file, not
# by the headers it is to be made of, and would give back the old one when they have changed: so the old one goes.
case " $* " in
  *" c++-header "*)
    output=""
    for word in "$@"; do
      if [ "$output" = next ]; then rm -f "$word"; fi
      if [ "$word" = -o ]; then output=next; else output=""; fi
    done
    ;;
esac
# What was compiled with precompiled headers is kept only if it is told so: they hold no time.
CCACHE_SLOPPINESS=pch_defines,time_macros exec "$@"
