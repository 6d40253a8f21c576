CREATE TABLE "winrate"."imported_cells" (
	"name" text NOT NULL,
	"task_type" text NOT NULL,
	"model_name" text NOT NULL,
	"provider" text NOT NULL,
	"thinking_level" text NOT NULL,
	"samples" double precision NOT NULL,
	"successes" double precision NOT NULL,
	"quality_sum" double precision NOT NULL,
	"quality_count" double precision NOT NULL,
	CONSTRAINT "imported_cells_pkey" PRIMARY KEY("name","task_type","model_name","provider","thinking_level")
);
--> statement-breakpoint
CREATE TABLE "winrate"."imports" (
	"name" text PRIMARY KEY NOT NULL,
	"fingerprint" text NOT NULL,
	"imported_at" timestamp with time zone DEFAULT now() NOT NULL,
	"scores" bigint NOT NULL,
	CONSTRAINT "imports_fingerprint_unique" UNIQUE("fingerprint")
);
--> statement-breakpoint
ALTER TABLE "winrate"."imported_cells" ADD CONSTRAINT "imported_cells_name_imports_name_fk" FOREIGN KEY ("name") REFERENCES "winrate"."imports"("name") ON DELETE cascade ON UPDATE no action;