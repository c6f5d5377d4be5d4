using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

public sealed class LadderTests
{
    private static Level Steady(double temperature, int seconds = 300)
    {
        var ladder = new Ladder(new LadderOptions());
        for (var t = 0; t < seconds; t++) ladder.Next(new ThermalReading(t, temperature));
        return ladder.State.Level;
    }

    [Theory]
    [InlineData(79, Level.L0)]
    [InlineData(80, Level.L1)]
    [InlineData(86, Level.L2)]
    [InlineData(91, Level.L3)]
    [InlineData(95, Level.L4)]
    public void Next_SteadyTemperature_IsTheLevelOfTheTable(double temperature, Level level) => Assert.Equal(level, Steady(temperature));

    [Fact]
    public void Next_Rise_EntersTheLevelAhead()
    {
        var ladder = new Ladder(new LadderOptions());
        var at = 0.0;
        for (var t = 0; ladder.State.Level == Level.L0; t++) ladder.Next(new ThermalReading(t, at = 60 + 0.5 * t));
        Assert.InRange(at, 70, 76); // half a degree per second, extrapolated by 20 s
    }

    [Fact]
    public void Next_CoolAgain_ComesDownOneLevelPerDwell()
    {
        var ladder = new Ladder(new LadderOptions());
        var t = 0;
        for (; t < 60; t++) ladder.Next(new ThermalReading(t, 88));
        Assert.Equal(Level.L2, ladder.State.Level);
        var changes = new List<(int, Level)>();
        for (var last = Level.L2; t < 400; t++)
            if (ladder.Next(new ThermalReading(t, 60)).Level != last) changes.Add((t, last = ladder.State.Level));
        Assert.Equal([Level.L1, Level.L0], changes.Select(c => c.Item2));
        Assert.InRange(changes[0].Item1, 120, 135);
        Assert.InRange(changes[1].Item1 - changes[0].Item1, 60, 62);
    }

    /// <summary>
    /// After one hot spell, sudden or gradual, the device comes down as soon as it is cool: the limit on changes is for levels that
    /// cannot be kept.
    /// </summary>
    [Theory]
    [InlineData(true, Level.L0)]
    [InlineData(false, Level.L2)]
    public void Next_CoolAfterTheFirstSpell_IsNotHeldBack(bool atOnce, Level level)
    {
        var ladder = new Ladder(new LadderOptions());
        var t = 0;
        if (!atOnce)
            for (; t < 1200; t++) ladder.Next(new ThermalReading(t, 60 + 0.03 * t));
        for (var end = t + 120; t < end; t++) ladder.Next(new ThermalReading(t, 97));
        Assert.Equal(Level.L4, ladder.State.Level);
        for (var end = t + 330; t < end; t++) ladder.Next(new ThermalReading(t, 50));
        Assert.True(ladder.State.Level <= level, ladder.State.ToString());
    }

    /// <summary>Between the leave and the enter temperature the level stays.</summary>
    [Fact]
    public void Next_BetweenLeaveAndEnter_Stays()
    {
        var ladder = new Ladder(new LadderOptions());
        for (var t = 0; t < 60; t++) ladder.Next(new ThermalReading(t, 82));
        for (var t = 60; t < 3000; t++) Assert.Equal(Level.L1, ladder.Next(new ThermalReading(t, 77)).Level);
    }

    [Fact]
    public void Next_SensorsSilent_IsAtLeastL2AndComesBack()
    {
        var ladder = new Ladder(new LadderOptions());
        for (var t = 0; t < 30; t++) ladder.Next(new ThermalReading(t, 50));
        for (var t = 30; t < 40; t++) Assert.Equal(Level.L0, ladder.Next(new ThermalReading(t)).Level);
        Assert.Equal(Level.L2, ladder.Next(new ThermalReading(41)).Level);
        for (var t = 42; t < 300; t++) ladder.Next(new ThermalReading(t, 50));
        Assert.Equal(Level.L0, ladder.State.Level);
    }

    /// <summary>A device that boots with its sensor bus hung is as unprotected as one whose sensors fall silent.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(-256.0)]
    public void Next_SensorsSilentFromTheStart_IsL2AfterTheStaleTime(double? reading)
    {
        var ladder = new Ladder(new LadderOptions());
        for (var t = 100; t <= 110; t++) Assert.Equal(Level.L0, ladder.Next(new ThermalReading(t, reading)).Level);
        Assert.Equal(new LadderState(Level.L2, "no temperature for 11 s"), ladder.Next(new ThermalReading(111, reading)));
    }

    /// <summary>
    /// A plain cool-down is never held back, whatever came before in that hour: two minutes a level, five to L0.
    /// </summary>
    [Theory]
    [InlineData(1800, 1800)]
    [InlineData(60, 600)]
    [InlineData(5, 5)]
    public void Next_RiseAndFall_IsServedFullyAgainWithinFiveMinutes(int rise, int fall)
    {
        var ladder = new Ladder(new LadderOptions());
        var t = 0;
        double Ramp(double from, double to, int seconds, int at) => from + (to - from) * at / seconds;
        for (var i = 0; i < rise; i++) ladder.Next(new ThermalReading(t++, Ramp(60, 97, rise, i)));
        Assert.Equal(Level.L4, ladder.State.Level);
        var coolSince = new Dictionary<Level, int>();
        var (isColdSince, enteredAt, last) = (0, t, Level.L4);
        for (var i = 0; i < fall + 300; i++)
        {
            var temperature = i < fall ? Ramp(97, 60, fall, i) : 60;
            var state = ladder.Next(new ThermalReading(t++, temperature));
            if (state.Level != last) (enteredAt, last) = (t, state.Level);
            for (var level = Level.L1; level <= Level.L4; level++)
                if (temperature <= new LadderOptions().LeaveAt(level) - 10) coolSince.TryAdd(level, t);
            if (state.Level > Level.L0 && coolSince.TryGetValue(state.Level, out var since))
                Assert.InRange(t - Math.Max(since, enteredAt), 0, 120);
            if (temperature <= 64 && isColdSince == 0) isColdSince = t;
            if (isColdSince > 0 && t - isColdSince >= 300) Assert.Equal(Level.L0, state.Level);
        }
        Assert.Equal(Level.L0, ladder.State.Level);
    }

    /// <summary>A level that cannot be kept is tried three times an hour, and again when the hour is over.</summary>
    [Fact]
    public void Next_LevelThatCannotBeKept_IsTriedThreeTimesAnHour()
    {
        var ladder = new Ladder(new LadderOptions());
        var downs = new List<int>();
        var hotUntil = 0;
        for (var t = 0; t < 4 * 3600; t++)
        {
            var before = ladder.State.Level;
            // warm again soon after each try
            var level = ladder.Next(new ThermalReading(t, t < hotUntil ? 88 : before >= Level.L2 ? 70.5 : 79)).Level;
            if (level < before) (hotUntil, _) = (t + 60, 0);
            if (level < before) downs.Add(t);
            if (t == 0) hotUntil = 60;
        }
        Assert.InRange(downs.Max(d => downs.Count(o => o > d - 3600 && o <= d)), 2, 4);
        Assert.True(downs.Count > 6, $"{downs.Count} tries in four hours");
    }

    [Fact]
    public void Next_GatedSensor_IsIgnored()
    {
        var ladder = new Ladder(new LadderOptions());
        for (var t = 0; t < 60; t++) ladder.Next(new ThermalReading(t, Tj: 60, Gpu: -256));
        Assert.InRange(ladder.Control!.Value, 59, 61);
    }

    [Fact]
    public void Next_ThrottleForThreeSeconds_IsL3()
    {
        var ladder = new Ladder(new LadderOptions());
        for (var t = 0; t < 10; t++) ladder.Next(new ThermalReading(t, 60, Throttle: 0));
        ladder.Next(new ThermalReading(10, 60, Throttle: 1));
        ladder.Next(new ThermalReading(11, 60, Throttle: 0));
        Assert.Equal(Level.L0, ladder.State.Level);
        for (var t = 12; t <= 15; t++) ladder.Next(new ThermalReading(t, 60, Throttle: 2));
        Assert.Equal(Level.L3, ladder.State.Level);
    }

    [Theory]
    [InlineData(0.9, Level.L0)]
    [InlineData(0.84, Level.L1)]
    [InlineData(0.69, Level.L2)]
    public void Next_SlowTokens_RaiseTheLevel(double ratio, Level level)
    {
        var ladder = new Ladder(new LadderOptions());
        for (var t = 0; t < 60; t++) ladder.Next(new ThermalReading(t, 60, RateRatio: ratio));
        Assert.Equal(level, ladder.State.Level);
    }

    /// <summary>
    /// Over random traces: a hotter trace reaches at least the same level, the level goes up at once and down one by one, and changes
    /// in an hour are limited.
    /// </summary>
    [Fact]
    public void Next_RandomTraces_KeepTheRules()
    {
        var random = new Random(8);
        for (var trace = 0; trace < Math.Min(Fuzzing.Cases / 30, 1000); trace++)
        {
            Ladder cool = new(new LadderOptions()), hot = new(new LadderOptions());
            var temperature = 60 + 20 * random.NextDouble();
            var changes = new List<(int At, bool IsDown)>();
            var (mostCool, mostHot) = (Level.L0, Level.L0);
            for (var t = 0; t < 5400; t++)
            {
                temperature = Math.Clamp(temperature + (random.NextDouble() - 0.5) * 2 + (random.Next(400) == 0 ? random.Next(-15, 15) : 0),
                    40, 97);
                var before = hot.State.Level;
                var state = hot.Next(new ThermalReading(t, temperature + 3));
                cool.Next(new ThermalReading(t, temperature));
                (mostCool, mostHot) = ((Level)Math.Max((int)mostCool, (int)cool.State.Level),
                    (Level)Math.Max((int)mostHot, (int)state.Level));
                if (state.Level == before) continue;
                if (state.Level < before) Assert.Equal(before - 1, state.Level);
                changes.Add((t, state.Level < before));
                Assert.False(string.IsNullOrEmpty(state.Reason));
            }
            Assert.True(mostHot >= mostCool);
            Assert.InRange(MostReversals(changes), 0, MaxReversals);
        }
    }

    /// <summary>
    /// A device with heat sink and fan, controlled by the ladder: never above 95 C below L4, and at most 12 reversals an hour.
    /// </summary>
    [Theory]
    [InlineData("fan fails", 25, 2.6)]
    [InlineData("closed cabinet", 45, 1.9)]
    [InlineData("day", 30, 1.9)]
    [InlineData("sensor dropouts", 40, 1.6)]
    public void Next_ClosedLoop_HoldsTheDevice(string scenario, double ambient, double resistance)
    {
        double[] watts = [42, 28, 17, 10, 8];
        var random = new Random(2);
        var ladder = new Ladder(new LadderOptions());
        double die = ambient, sink = ambient;
        var changes = new List<(int At, bool IsDown)>();
        for (var t = 0; t < 24 * 3600; t++)
        {
            var air = scenario == "day" ? ambient + 12 * Math.Sin(2 * Math.PI * t / 86_400) : ambient;
            var r = scenario == "fan fails" && t < 3600 ? 0.9 : resistance;
            var before = ladder.State.Level;
            sink += (air + 0.75 * r * watts[(int)before] - sink) / 300;
            die += (sink + 0.25 * r * watts[(int)before] - die) / 8;
            if (before < Level.L4) Assert.True(die <= 95, $"{scenario}: {die:F1} C at {before}");
            var measured = die + (random.NextDouble() - 0.5);
            var state = scenario == "sensor dropouts" && t / 977 % 3 == 0 && t % 977 < 40
                ? ladder.Next(new ThermalReading(t))
                : ladder.Next(new ThermalReading(t, measured, measured - 1, measured - 2, measured - 3, 0, 1));
            if (state.Level != before) changes.Add((t, state.Level < before));
        }
        var most = MostReversals(changes);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{scenario}: {changes.Count} changes in 24 h, at most {most} reversals in an hour, ends at {ladder.State.Level}");
        Assert.InRange(most, 0, MaxReversals);
    }

    /// <summary>Three tries of each of two levels that cannot be kept, each down and up again.</summary>
    private const int MaxReversals = 12;

    /// <summary>The most reversals between up and down in any hour.</summary>
    private static int MostReversals(List<(int At, bool IsDown)> changes)
    {
        var turns = changes.Zip(changes.Skip(1)).Where(p => p.First.IsDown != p.Second.IsDown).Select(p => p.Second.At).ToList();
        return turns.Count == 0 ? 0 : turns.Max(c => turns.Count(o => o > c - 3600 && o <= c));
    }

    /// <summary>
    /// Random devices for twelve hours each: power, cooling, inertia, noise, failing fans, silent sensors, work in bursts. None is
    /// above 95 C below L4 for longer than the second between two readings. With steady work one in eight has more than eight reversals
    /// in an hour: those that are cold at one level and hot at the next.
    /// </summary>
    [Fact]
    public void Next_RandomDevices_AreHeldAndSeldomFlap()
    {
        var random = new Random(4);
        var (steady, flapping, most) = (0, 0, 0);
        for (var device = 0; device < Math.Clamp(Fuzzing.Cases / 10, 60, 2000);)
        {
            var watts = 25 + 35 * random.NextDouble();
            double[] power = [watts, watts * (0.6 + 0.2 * random.NextDouble()), watts * (0.35 + 0.15 * random.NextDouble()),
                watts * (0.15 + 0.15 * random.NextDouble()), watts * (0.08 + 0.1 * random.NextDouble())];
            double ambient = 20 + 30 * random.NextDouble(), swing = 10 * random.NextDouble(), resistance = 0.8 + 2.2 * random.NextDouble(),
                share = 0.15 + 0.3 * random.NextDouble(), inertia = 60 + 900 * random.NextDouble(), quick = 4 + 10 * random.NextDouble(),
                noise = 1.5 * random.NextDouble();
            if (ambient + swing + resistance * power[4] > 93) continue; // too hot even when idle
            device++;
            var (burst, fails, silent) = (random.Next(2) == 0 ? 0 : 30 + random.Next(1200),
                random.Next(2) == 0 ? 3600 + random.Next(3600) : 0, random.Next(3) == 0);
            var ladder = new Ladder(new LadderOptions());
            double die = ambient + 5, sink = ambient + 2;
            var changes = new List<(int At, bool IsDown)>();
            var (silence, wasHot) = (-1000, false);
            for (var t = 0; t < 12 * 3600; t++)
            {
                var before = ladder.State.Level;
                var w = burst == 0 || t / burst % 2 == 0 ? power[(int)before] : power[4];
                var r = t > fails ? resistance : Math.Min(resistance, 0.8);
                sink += (ambient + swing * Math.Sin(2 * Math.PI * t / 86_400) + (1 - share) * r * w - sink) / inertia;
                die += (sink + share * r * w - die) / quick;
                var isHot = before < Level.L4 && die > 95 && t > silence + 1; // nobody can see through silent sensors
                Assert.False(isHot && wasHot, $"device {device}: {die:F1} C at {before}");
                wasHot = isHot;
                if (silent && t > silence + 300 && random.Next(1500) == 0) silence = t + random.Next(60);
                var measured = Math.Round(2 * (die + noise * (2 * random.NextDouble() - 1))) / 2;
                var level = ladder.Next(t <= silence
                    ? new ThermalReading(t) : new ThermalReading(t, measured, measured - 1, measured - 2, measured - 3, 0, 1)).Level;
                if (level != before) changes.Add((t, level < before));
            }
            if (burst > 0) continue; // bursts of work are themselves ups and downs
            steady++;
            var worst = MostReversals(changes);
            most = Math.Max(most, worst);
            if (worst > 8) flapping++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{flapping} of {steady} devices with steady work had more than 8 reversals in an hour; at most {most} in any");
        Assert.InRange(flapping, 0, Math.Max(1, steady / 8));
        Assert.InRange(most, 0, MaxReversals);
    }
}
