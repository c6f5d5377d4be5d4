using EdgeAgent.Fuzz;
using SharpFuzz;

const string usage = """
    Agent.Fuzz run TARGET                      one input after the other from AFL
    Agent.Fuzz seeds FOLDER                    writes the seeds of every target
    Agent.Fuzz triage TARGET FOLDER FILE...    writes one small input of each fault to the folder; exit code 1 with faults
    """;

switch (args)
{
    case ["run", var name]:
        // instrumented code runs within the delegate only: before it, there is no map for its coverage
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            Named(name).Run(bytes.ToArray());
        });
        return 0;
    case ["seeds", var folder]:
        foreach (var seed in Seeds.All())
        {
            var path = Path.Combine(folder, seed.Target, "seeds", seed.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, seed.Content);
        }
        return 0;
    case ["triage", var name, var folder, .. var files]:
        var faults = new Triage(Named(name)).Find(files);
        foreach (var (fault, input) in faults)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, Triage.NameOf(fault)), input);
            Console.WriteLine($"{name}: {input.Length} bytes: {fault}");
        }
        return faults.Count > 0 ? 1 : 0;
    default:
        Console.Error.WriteLine(usage);
        return 2;
}

static FuzzTarget Named(string name) => FuzzTarget.All.FirstOrDefault(t => t.Name == name)
    ?? throw new ArgumentException($"expected a target of {string.Join(", ", FuzzTarget.All.Select(t => t.Name))}; found '{name}'");
