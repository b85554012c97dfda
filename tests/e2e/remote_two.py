#!/usr/bin/python3
"""Two phones at once, one of which is cut in the middle: the rows of the other are whole, and the same command does the
rest. Two runs on one phone: the second waits and says so."""
import csv
import os

from _machines import Adb, Phone, bundle, expect, fresh, main, processes_in, result, said_by, small, start, until

fresh("work", "turns")
adb = Adb()
first, second = Phone(adb, "first"), Phone(adb, "second")
the_bundle = ["--device_bundle", bundle()]
nets = ["R-CDG", "RX-CD", "EN-CG"]


def rows(phone):
    file = f"work/data/{phone.serial.replace(':', '%3A')}/result.csv"
    if not os.path.exists(file):
        file = f"work/data/{phone.serial}/result.csv"
    return list(csv.reader(open(file)))[1:] if os.path.exists(file) else []


def one_of_two_is_cut():
    words = [*small(*nets), *the_bundle, "--serial", first.serial, "--serial", second.serial]
    both = start(*words)
    until(lambda: any("bench" in words for _, words in processes_in(first.ours)), "nothing is timed on the first", 120)
    first.cut()
    said = said_by(both)
    assert said.code == 1, said
    assert len(rows(second)) == 3 and len(rows(first)) < 3, said
    assert f"{second.serial}: 3 run, 0 as they were, 0 failed" in said.err, said
    assert f"{first.serial}: warning: " in said.err, said
    for phone in (first, second):
        phone.nobody_left()
    first.connect_again()
    again = expect(0, *words, says=f"{second.serial}: 0 run, 3 as they were, 0 failed")
    assert len(rows(first)) == 3 and again.out.count("Results generated at ") == 2, again


def two_runs_take_turns():
    one, two = (start(*small(net, folder="turns"), *the_bundle, "--serial", first.serial, "--force") for net in nets[:2])
    said = [said_by(run) for run in (one, two)]
    assert [each.code for each in said] == [0, 0], said
    waits = [each for each in said if f"adb {first.serial} is in use: waiting for process " in each.err]
    assert len(waits) == 1, said
    assert len(result("turns")) == 2


def wrong_use_of_both_is_wrong_use():
    both = ["--serial", first.serial, "--serial", second.serial]
    said = expect(2, *small(*nets, folder="wrong"), *the_bundle, *both, "--core_affinity", "1000000000")
    assert first.serial in said.err and second.serial in said.err, said
    expect(2, *small(*nets, folder="wrong"), *both, "--with_accuracy", ".", says="accuracy is not measured on another machine")


main([one_of_two_is_cut, two_runs_take_turns, wrong_use_of_both_is_wrong_use])
