import { worker } from "npm:workerpool@10.0.3";
import * as tasks from "./tasks.ts";

worker({ ...tasks });
