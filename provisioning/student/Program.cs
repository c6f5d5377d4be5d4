using EdgeAgent.Lab;

const string usage = "usage: student data | teacher | distil | quantize | evaluate | bundle | all | suites [OPTION VALUE]...";
if (args.Length == 0 || args[0] is "--help" or "-h")
{
    Console.WriteLine($"{usage}\n{LabOptions.Help}");
    return args.Length == 0 ? 2 : 0;
}
try
{
    var folder = new LabFolder(LabOptions.Parse(args.AsSpan(1)));
    string[] steps = args[0] == "all" ? ["data", "teacher", "distil", "quantize", "evaluate", "bundle"] : [args[0]];
    foreach (var step in steps) Run(step, folder);
    return 0;
}
catch (Exception e) when (e is ArgumentException or InvalidDataException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return e is ArgumentException ? 2 : 1;
}
catch (OperationCanceledException e)
{
    Console.Error.WriteLine(e.Message);
    return 130;
}

static void Run(string step, LabFolder folder)
{
    if (step is "teacher" or "distil" or "evaluate") NativeLibraries.Prepare(folder.Options);
    switch (step)
    {
        case "data": DataStep.Run(folder); break;
        case "teacher": TrainingSteps.Teacher(folder); break;
        case "distil": TrainingSteps.Distil(folder); break;
        case "quantize": Agent.Quantize(folder); break;
        case "evaluate": EvaluateStep.Run(folder); break;
        case "bundle": Agent.Choose(folder); break;
        case "suites": DataStep.Suites(folder); break;
        default: throw new ArgumentException($"unknown step '{step}'\n{usage}");
    }
}
