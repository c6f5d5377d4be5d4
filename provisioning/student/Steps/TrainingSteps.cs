namespace EdgeAgent.Lab;

/// <summary><c>teacher</c> and <c>distil</c>.</summary>
internal static class TrainingSteps
{
    private const int WarmUp = 100, CacheBatch = 32, MostAnswerTokens = 96;
    private const double OnPolicyRate = 0.1;

    public static void Teacher(LabFolder folder)
    {
        var o = folder.Options;
        var tokenizer = folder.Tokenizer();
        var data = new TrainingData(folder, new RowEncoder(tokenizer));
        using var net = folder.NewNet(o.Teacher, tokenizer.Size, o.From);
        Console.WriteLine($"teacher: {net.Millions:F2} M parameters, {data.Rows.Count} examples, {Devices.Best()}");
        var loop = new TrainingLoop(net, new AdamW(net, o.Rate, WarmUp, o.TeacherSteps), folder.Teacher);
        loop.Run("teacher", o.TeacherSteps, step => [.. data.Batch(step).Select(i => data.Rows[i])]);
        RunReport.Write(folder, "teacher", loop, net);
        Checkpoint.Export(net, tokenizer, folder.TokenizerFile, Path.Combine(folder.Work, "teacher-checkpoint"));
    }

    public static void Distil(LabFolder folder)
    {
        var o = folder.Options;
        var tokenizer = folder.Tokenizer();
        var encoder = new RowEncoder(tokenizer);
        var data = new TrainingData(folder, encoder);
        using var cache = o.Shares.Kl > 0 ? Cache(folder, data, tokenizer.Size) : null;
        using var net = folder.NewNet(o.Student, tokenizer.Size, o.StudentFrom);
        Console.WriteLine($"{o.Name}: {net.Millions:F2} M parameters, {o.Shares}, {Devices.Best()}");
        var loop = new TrainingLoop(net, new AdamW(net, o.Rate, WarmUp, o.StudentSteps), folder.Student);
        loop.Run(o.Name, o.StudentSteps, step => [.. data.Batch(step).Select(i =>
            data.Rows[i] with { Teacher = cache?.Read(i), Shares = o.Shares })]);
        RunReport.Write(folder, o.Name, loop, net);
        if (o.OnPolicySteps > 0) OnOwnAnswers(folder, data, encoder, net);
        Checkpoint.Export(net, tokenizer, folder.TokenizerFile, folder.Of("checkpoint"));
    }

    /// <summary>What the teacher says of every training answer, made where it is missing.</summary>
    private static TeacherCache Cache(LabFolder folder, TrainingData data, int vocabulary)
    {
        var o = folder.Options;
        var made = Split.Hash(string.Join('\n', data.Examples.Select(e => e.Question + e.Answer)))
            ^ Split.Hash(File.GetLastWriteTimeUtc(LabFolder.Needed(folder.Teacher, "teacher")).Ticks.ToString("D"));
        var cache = new TeacherCache(folder.TeacherCache, vocabulary, o.TopK, o.Temperature, made);
        if (cache.Count == data.Rows.Count) return cache;
        using var teacher = folder.LoadNet(o.Teacher, vocabulary, folder.Teacher, "teacher");
        var reader = new TeacherReader(teacher, o.TopK, o.Temperature);
        var (before, clock) = (cache.Count, System.Diagnostics.Stopwatch.StartNew());
        while (cache.Count < data.Rows.Count)
        {
            foreach (var answer in reader.Ask([.. data.Rows.Skip(cache.Count).Take(CacheBatch)])) cache.Append(answer);
            if (cache.Count / CacheBatch % 10 == 0)
                Screen.Progress(ProgressLine.Of("teacher's answers", cache.Count, data.Rows.Count, before, clock.Elapsed, ""));
        }
        cache.Flush();
        Screen.EndLine();
        return cache;
    }

    /// <summary>
    /// The second stage: the student answers, the teacher says at temperature 1 what it would have said at each token, and where the
    /// student was wrong the teacher's own answer is shown. Questions that the teacher answers wrong are left out.
    /// </summary>
    private static void OnOwnAnswers(LabFolder folder, TrainingData data, RowEncoder encoder, StudentNet net)
    {
        var o = folder.Options;
        using var teacher = folder.LoadNet(o.Teacher, net.Shape.Vocabulary, folder.Teacher, "teacher");
        var reader = new TeacherReader(teacher, o.TopK, LossShares.OnPolicy.Temperature);
        Writer own = new(net, encoder.End), teachers = new(teacher, encoder.End);
        var loop = new TrainingLoop(net, new AdamW(net, o.Rate * OnPolicyRate, 1, o.OnPolicySteps), folder.OwnAnswers);
        loop.Run(o.Name + " on its own answers", o.OnPolicySteps, step =>
        {
            var examples = data.Batch(o.StudentSteps + step).Select(i => data.Examples[i]).ToList();
            var questions = examples.Select(encoder.Question).ToList();
            var rows = OwnAnswers.Rows(examples, questions, own.Write(questions, MostAnswerTokens),
                teachers.Write(questions, MostAnswerTokens), encoder);
            if (rows.Count == 0) return rows;
            var said = reader.Ask(rows);
            return [.. rows.Select((r, i) => r with { Teacher = said[i] })];
        });
        RunReport.Write(folder, o.Name + "-own", loop, net);
    }
}
